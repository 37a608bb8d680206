import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { eventually } from '../eventually.ts'
import { accessibilityFaults, statusLine, withChromium, write } from './chromium.ts'
import { Stage } from './stage.ts'

const PLOT = 'with open("out/plot.txt", "w") as f: f.write("a plot")'

withChromium('the artifacts of a run', () => {
  const stage = Stage.for()

  const open = async (colorScheme: 'light' | 'dark' = 'light') => {
    // The checker is a script of the test's own, which the page's policy would refuse.
    const { page } = await stage.visit({ colorScheme, bypassCSP: true })
    await page.goto('/')
    await page.locator('.cm-content:focus').waitFor()
    return page
  }
  const declare = async (page: Page, folder: string) => {
    await page.getByRole('button', { name: /^Artifacts/ }).click()
    await page.getByLabel('Output folder').fill(folder)
  }
  const ended = (page: Page) => eventually(async () => expect(await statusLine(page).textContent()).toContain('exit 0'))

  it('are declared in the editor, told when it ends, and saved from its page', async () => {
    const page = await open()
    await write(page, PLOT)
    await declare(page, 'out')
    await page.keyboard.press('ControlOrMeta+Enter')
    await ended(page)
    await page.getByRole('link', { name: '1 artifact' }).click()
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download plot.txt' }).click()
    const download = await saved
    expect(download.suggestedFilename()).toBe('plot.txt')
    expect(readFileSync(await download.path(), 'utf8')).toBe('a plot')
  })

  it('are kept with the draft over a reload, and come back with the program of a run', async () => {
    const page = await open()
    await declare(page, 'plots/small')
    await page.reload()
    await page.getByRole('button', { name: 'Artifacts plots/small' }).waitFor()
    await write(page, 'print(1)')
    await page.keyboard.press('ControlOrMeta+Enter')
    await ended(page)
    const { page: other } = await stage.visit()
    await other.goto(page.url())
    await other.getByRole('button', { name: 'Artifacts plots/small' }).click()
    expect(await other.getByLabel('Output folder').inputValue()).toBe('plots/small')
  })

  it('cannot be declared wrong: the reason stands below the field and belongs to it', async () => {
    const page = await open()
    await write(page, PLOT)
    await declare(page, '../out')
    const field = page.getByLabel('Output folder')
    await page.getByRole('alert').getByText('The path must not hold').waitFor()
    expect(await field.getAttribute('aria-invalid')).toBe('true')
    expect(await field.getAttribute('aria-describedby')).toContain('artifacts-fault')
    await page.getByRole('button', { name: /^Input/ }).click()
    await page.keyboard.press('ControlOrMeta+Enter')
    await field.waitFor()
    expect(await page.getByRole('link', { name: 'Details' }).count()).toBe(0)
    await field.fill('out')
    expect(await field.getAttribute('aria-invalid')).toBe('false')
    await page.keyboard.press('ControlOrMeta+Enter')
    await ended(page)
  })

  it('are declared by keyboard alone', async () => {
    const page = await open()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Search commands' }).and(page.locator(':focus')).waitFor()
    await page.keyboard.type('folder of the artifacts')
    await page.keyboard.press('Enter')
    await page.locator('#artifacts-folder:focus').waitFor()
    await page.keyboard.type('out')
    await page.getByRole('button', { name: 'Artifacts out' }).waitFor()
  })

  it.each(['light', 'dark'] as const)('have a field that everybody can use, in %s colours', async (scheme) => {
    const page = await open(scheme)
    await declare(page, 'out')
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByLabel('Output folder').fill('/etc')
    await page.getByRole('alert').getByText('relative path').waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
  })
})
