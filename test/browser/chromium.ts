import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const FOUND = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Describes what needs a browser; skipped by name where there is none. */
export const withChromium: jest.Describe = FOUND ? describe : describe.skip

export const launchChromium = (): Promise<Browser> => chromium.launch({ executablePath: FOUND, args: FLAGS })

export type Faults = string[]

/** A page of its own, as a new visitor has it, and what goes wrong in it. */
export const newPage = async (browser: Browser, url: string, options: BrowserContextOptions = {}) => {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 800 }, ...options })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  context.setDefaultTimeout(60_000)
  const page = await context.newPage()
  const faults: Faults = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) faults.push(message.text())
  })
  return { page, context, faults }
}

/** Opens the editor with a program in it. */
export const write = async (page: Page, code: string) => {
  if (!page.url().startsWith('http')) await page.goto('/')
  await page.locator('.cm-content').click()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.press('Delete')
  await page.keyboard.insertText(code)
}

/** The rows of output that are drawn. */
export const rows = (page: Page): Promise<string[]> => page.locator('.row .text').allTextContents()

/** The line that says how the run is. */
export const statusLine = (page: Page) => page.locator('.pane .status')

/** What axe-core finds wrong on the page as it is now; nothing is what it should find. */
export const accessibilityFaults = async (page: Page): Promise<string[]> => {
  await page.evaluate(axeSource)
  return page.evaluate(async (values) => {
    const { axe } = globalThis as unknown as { axe: { run: (...of: unknown[]) => Promise<AxeResults> } }
    type AxeResults = { violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }
    const { violations } = await axe.run('html', { runOnly: { type: 'tag', values } })
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    )
  }, RULES)
}
