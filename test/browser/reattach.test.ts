import type { Page } from 'playwright-core'
import { eventually } from '../eventually.ts'
import { Client } from '../system/client.ts'
import { Cable } from './cable.ts'
import { rows, statusLine, withChromium, write } from './chromium.ts'
import { Stage } from './stage.ts'

// In the middle of the run it waits until the test lets it go on.
const COUNTING = `import time, sys
for i in range(60):
    print("line", i, flush=True)
    time.sleep(0.02)
    if i in (20, 40): sys.stdin.readline()`
const counted = Array.from({ length: 60 }, (_, index) => `line ${index}`)

withChromium('a run that is left and found again', () => {
  const stage = Stage.for()

  const start = async (code: string, url = stage.url) => {
    const visit = await stage.visit({ viewport: { width: 1280, height: 2000 } }, url)
    await visit.page.goto('/')
    await write(visit.page, code)
    await visit.page.keyboard.press('ControlOrMeta+Enter')
    return visit
  }
  /** Lets the run on the page go on, without a hand on the page. */
  const goOn = async (page: Page) => {
    const id = new URL(page.url()).searchParams.get('run')
    const answer = await new Client(stage.url).ask('POST', `/executions/${id}/stdin`, { content: '\n' })
    expect(answer.status).toBe(202)
  }

  it('goes on after a reload in mid-run, with nothing lost and nothing repeated', async () => {
    const { page, faults } = await start(COUNTING)
    await page.getByText('line 5', { exact: true }).waitFor()
    await page.reload()
    await page.getByText('line 20', { exact: true }).waitFor()
    await goOn(page)
    await page.getByText('line 32', { exact: true }).waitFor()
    await page.reload()
    await page.getByText('line 40', { exact: true }).waitFor()
    await goOn(page)
    await eventually(async () => expect(await statusLine(page).textContent()).toContain('exit 0'))
    expect(await rows(page)).toEqual(counted)
    expect(await page.locator('.cm-content').textContent()).toContain('print("line", i')
    expect(faults).toEqual([])
  })

  it('goes on after the connection was lost, and says so meanwhile', async () => {
    const cable = await Cable.to(stage.url)
    const { page } = await start(COUNTING, cable.url)
    await page.getByText('line 5', { exact: true }).waitFor()
    cable.cut()
    await page.getByText('The connection is lost').waitFor()
    await goOn(page)
    cable.mend()
    await page.getByText('line 40', { exact: true }).waitFor()
    await goOn(page)
    await eventually(async () => expect(await statusLine(page).textContent()).toContain('exit 0'))
    expect(await rows(page)).toEqual(counted)
    expect(await page.getByText('The connection is lost').count()).toBe(0)
    await page.close()
    await cable.close()
  })

  it('is there for whoever has the link, with its program', async () => {
    const { page } = await start('print("shared")')
    await eventually(async () => expect(await statusLine(page).textContent()).toContain('exit 0'))
    const other = await stage.visit()
    await other.page.goto(page.url())
    await eventually(async () => expect(await rows(other.page)).toEqual(['shared']))
    await eventually(async () =>
      expect(await other.page.locator('.cm-content').textContent()).toContain('print("shared")'),
    )
  })
})
