import type { Page } from 'playwright-core'
import { eventually } from '../eventually.ts'
import { rows, statusLine, withChromium } from './chromium.ts'
import { Stage } from './stage.ts'

withChromium('the page on a phone', () => {
  const stage = Stage.for()

  const open = async (address: string) => {
    const { page } = await stage.visit({ viewport: { width: 390, height: 780 }, hasTouch: true })
    await page.goto(address)
    return page
  }
  const fits = async (page: Page) => {
    const width = await page.evaluate('document.documentElement.scrollWidth')
    expect(width).toBe(390)
  }

  it('shows code and output as tabs, and goes to the output of a run', async () => {
    const page = await open('/')
    await page.locator('.cm-content').waitFor()
    await fits(page)
    expect(await page.locator('.pane').isVisible()).toBe(false)
    await page.getByRole('button', { name: /^Run/ }).tap()
    await eventually(async () => expect(await statusLine(page).textContent()).toContain('exit 0'))
    expect((await rows(page)).length).toBeGreaterThan(0)
    expect(await page.locator('.cm-content').isVisible()).toBe(false)
    await fits(page)
    await page.getByRole('button', { name: 'Code', exact: true }).tap()
    expect(await page.locator('.cm-content').isVisible()).toBe(true)
  })

  it('holds the runs and each of them', async () => {
    const page = await open('/')
    await page.getByRole('button', { name: /^Run/ }).tap()
    await eventually(async () => expect(await statusLine(page).textContent()).toContain('exit 0'))
    await page.getByRole('link', { name: 'Runs' }).tap()
    await page.locator('[data-run]').first().waitFor()
    await fits(page)
    await page.locator('[data-run]').first().tap()
    await page.getByRole('heading', { name: 'Timeline' }).waitFor()
    await fits(page)
  })
})
