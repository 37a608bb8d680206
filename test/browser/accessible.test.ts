import type { Page } from 'playwright-core'
import { eventually } from '../eventually.ts'
import { accessibilityFaults, statusLine, withChromium, write } from './chromium.ts'
import { Stage } from './stage.ts'

const COLOURS = `import sys
for i in range(16): print(f"\\x1b[38;5;{i * 16}mcolour\\x1b[0m \\x1b[{30 + i % 8}mbasic\\x1b[0m \\x1b[{90 + i % 8}mbright\\x1b[0m")
print("oh", file=sys.stderr)
sys.exit(int(input("Exit code: ")))`

withChromium('everybody can use the page', () => {
  const stage = Stage.for()

  const clean = async (page: Page) => expect(await accessibilityFaults(page)).toEqual([])
  // The checker is a script of the test's own, which the page's policy would refuse.
  const open = async (colorScheme: 'light' | 'dark') => {
    const { page } = await stage.visit({ colorScheme, bypassCSP: true })
    await page.goto('/')
    await page.locator('.cm-content').waitFor()
    return page
  }
  const failed = async (page: Page) => {
    await write(page, COLOURS)
    await page.keyboard.press('ControlOrMeta+Enter')
    await page.locator('[data-stdin]').fill('3')
  }

  describe.each(['light', 'dark'] as const)('in %s colours', (scheme) => {
    it('writing, running and after the end', async () => {
      const page = await open(scheme)
      await clean(page)
      await failed(page)
      await page.getByRole('button', { name: /^Limits/ }).click()
      await clean(page)
      await page.locator('[data-stdin]').press('Enter')
      await eventually(async () => expect(await statusLine(page).textContent()).toContain('exit 3'))
      await clean(page)
    })

    it('looking at one run and at all of them', async () => {
      const page = await open(scheme)
      await failed(page)
      await page.locator('[data-stdin]').press('Enter')
      await page.getByRole('link', { name: 'Details' }).click()
      await page.getByRole('heading', { name: 'Timeline' }).waitFor()
      await clean(page)
      await page.goto('/runs')
      await page.locator('tbody input').first().check()
      await clean(page)
      await page.goto('/runs?state=timed_out')
      await page.getByText('No run is like this').waitFor()
      await clean(page)
    })

    it('in dialogs and where nothing is', async () => {
      const page = await open(scheme)
      await page.keyboard.press('Control+k')
      await page.getByRole('dialog').waitFor()
      await clean(page)
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Keys' }).click()
      await page.getByRole('dialog').waitFor()
      await clean(page)
      await page.goto('/runs/no-such-run')
      await page.getByText('There is no such run').waitFor()
      await clean(page)
      await page.goto('/nowhere')
      await page.getByText('There is no page here').waitFor()
      await clean(page)
    })
  })

  it('chooses colours without a flash of the others', async () => {
    const { page, faults } = await stage.visit({ colorScheme: 'light' })
    await page.goto('/')
    const toggle = page.getByRole('button', { name: /^Colours/ })
    await toggle.click()
    await toggle.click()
    await page.reload({ waitUntil: 'commit' })
    await page.locator('html[data-theme="dark"]').waitFor()
    expect(faults).toEqual([])
  })
})
