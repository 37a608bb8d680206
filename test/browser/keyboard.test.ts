import { eventually } from '../eventually.ts'
import { rows, statusLine, withChromium } from './chromium.ts'
import { Stage } from './stage.ts'

withChromium('the page by keyboard alone', () => {
  const stage = Stage.for()

  const open = async () => {
    const { page } = await stage.visit()
    await page.goto('/')
    // Nobody has clicked anywhere: the cursor is in the editor.
    await page.locator('.cm-content:focus').waitFor()
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key)
    }
    const replace = async (code: string) => {
      await press('Control+a', 'Delete')
      await page.keyboard.insertText(code)
    }
    const command = async (words: string) => {
      await press('Control+k')
      await page.getByRole('combobox', { name: 'Search commands' }).and(page.locator(':focus')).waitFor()
      await page.keyboard.type(words)
      await press('Enter')
    }
    return { page, press, replace, command }
  }

  it('writes, runs, answers, stops and reads a program', async () => {
    const { page, press, replace } = await open()
    await replace('import time\nprint("Hello", input("Name: "), flush=True)\ntime.sleep(600)')
    await press('Control+Enter')
    await page.locator('[data-stdin]').waitFor()
    await press('F6', 'F6')
    await page.locator('[data-stdin]:focus').waitFor()
    await page.keyboard.type('Grace')
    await press('Enter')
    await page.getByText('Hello Grace').waitFor()
    await eventually(async () => {
      // Twice within a second, which a busy machine may not manage at once.
      await press('Escape', 'Escape')
      expect(await statusLine(page).textContent()).toContain('cancelled')
    })
    expect(await rows(page)).toEqual(['Name: Grace', 'Hello Grace'])
  })

  it('chooses a language and goes to the runs through the palette', async () => {
    const { page, command } = await open()
    await command('write bash')
    await eventually(async () => expect(await page.getByRole('tab').first().textContent()).toMatch(/\.sh/))
    await command('open the runs')
    await page.getByRole('heading', { name: 'Runs' }).waitFor()
  })

  it('adds, renames and deletes files on their tabs', async () => {
    const { page, press } = await open()
    await page.getByRole('button', { name: 'Add a file' }).focus()
    await press('Enter')
    await page.getByLabel('Name of the new file').and(page.locator(':focus')).waitFor()
    await page.keyboard.type('extra.py')
    await press('Enter')
    const extra = page.getByRole('tab', { name: 'extra.py' })
    await extra.focus()
    await press('F2')
    await page.getByLabel('New name of extra.py').and(page.locator(':focus')).waitFor()
    await press('Control+a')
    await page.keyboard.type('more.py')
    await press('Enter')
    await page.getByRole('tab', { name: 'more.py' }).focus()
    await press('Delete')
    await page.getByRole('dialog', { name: 'Delete more.py?' }).waitFor()
    await page.getByRole('button', { name: 'Delete more.py' }).focus()
    await press('Enter')
    await eventually(async () => expect(await page.getByRole('tab').count()).toBe(1))
  })

  it('lists its keys, and leaves the code with Escape and Tab', async () => {
    const { page, press } = await open()
    await press('Escape', 'Tab')
    await eventually(async () => expect(await page.locator('.cm-content:focus').count()).toBe(0))
    await press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await press('Escape')
    await eventually(async () => expect(await page.getByRole('dialog').count()).toBe(0))
  })

  it('searches the output and goes to a line of it', async () => {
    const { page, press, replace } = await open()
    await replace('for i in range(2000): print("row", i)')
    await press('Control+Enter')
    await eventually(async () => expect(await statusLine(page).textContent()).toContain('exit 0'))
    await page.getByRole('region', { name: 'Program output' }).focus()
    await press('Control+f')
    await page.getByRole('search').locator('input:focus').waitFor()
    await page.keyboard.type('row 77')
    await press('Enter', 'Shift+Enter')
    await page.locator('.row.selected', { hasText: /^\s*78\s*row 77$/ }).waitFor()
    await press('Control+a')
    await page.keyboard.type(':1500')
    await page.locator('.row.selected', { hasText: 'row 1499' }).waitFor()
    await press('Escape')
    await eventually(async () => expect(await page.getByRole('search').count()).toBe(0))
  })
})
