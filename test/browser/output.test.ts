import { eventually } from '../eventually.ts'
import { rows, statusLine, withChromium, write } from './chromium.ts'
import { Stage } from './stage.ts'

// How many rows stand in the pane in each of thirty frames. A message sent as a frame begins arrives when it is painted.
const SEEN_IN_FRAMES = `(async () => {
  const { port1, port2 } = new MessageChannel()
  const painted = () => new Promise((done) => {
    port1.onmessage = done
    requestAnimationFrame(() => port2.postMessage(null))
  })
  const seen = []
  while (seen.length < 30) {
    await painted()
    const pane = document.querySelector('.scroller').getBoundingClientRect()
    const tops = [...document.querySelectorAll('.row')].map((row) => row.getBoundingClientRect().top)
    seen.push(tops.filter((top) => top > pane.top && top < pane.bottom - 20).length)
  }
  return seen
})()`

withChromium('hostile and endless output in Chromium', () => {
  const stage = Stage.for({ GREENROOM_MAX_OUTPUT_BYTES: '67108864' })

  const printed = async (code: string, outputMb?: string) => {
    const visit = await stage.visit()
    const { page } = visit
    await page.goto('/')
    if (outputMb) {
      await page.getByRole('button', { name: /^Limits/ }).click()
      await page.getByLabel('Output, MB').fill(outputMb)
      await page.getByLabel('Output, MB').press('Tab')
    }
    await write(page, code)
    await page.keyboard.press('ControlOrMeta+Enter')
    await eventually(async () => expect(await statusLine(page).textContent()).toMatch(/exit|too much/), 60_000)
    return visit
  }

  it('is text and nothing else', async () => {
    const { page, faults } = await printed(
      String.raw`print('<img src=x onerror="document.title=1">')
print("\x1b]8;;http://example.com\x07link\x1b]8;;\x07 \x1b[2J\x1b]0;title\x07\x1b[1mbold\x1b[0m \x00 \u202egnp")`,
    )
    expect(await rows(page)).toEqual(['<img src=x onerror="document.title=1">', 'link bold \u2400 \u202egnp'])
    expect(await page.locator('.row a:not(.number), .row img').count()).toBe(0)
    expect(await page.locator('.row .bold').textContent()).toBe('bold')
    expect(await page.title()).toBe('Editor · Greenroom')
    expect(faults).toEqual([])
  })

  it('of a million lines is drawn as the few that are seen', async () => {
    const { page } = await printed(
      'import sys\nfor block in range(100): sys.stdout.write("".join(f"line {block * 10000 + i}\\n" for i in range(10000)))',
      '64',
    )
    await page.getByText('line 999999', { exact: true }).waitFor({ timeout: 60_000 })
    expect(await page.locator('.row').count()).toBeLessThan(200)
    const region = page.getByRole('region', { name: 'Program output' })
    await region.focus()
    await page.keyboard.press('Home')
    await page.getByText('line 0', { exact: true }).waitFor()
    await page.keyboard.press('Control+f')
    await page.getByRole('search').locator('input:focus').waitFor()
    await page.keyboard.insertText('line 654321')
    await page.locator('.row.selected', { hasText: 'line 654321' }).waitFor()
    await page.locator('.count', { hasText: '1 of 1' }).waitFor()
  })

  it('of one endless line does not freeze the page', async () => {
    const { page } = await printed('import sys\nfor i in range(200): sys.stdout.write("x" * 100000)', '64')
    const started = performance.now()
    await page.getByRole('button', { name: 'Wrap long lines' }).click()
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').waitFor()
    expect(performance.now() - started).toBeLessThan(40_000)
    expect(await page.locator('.row').count()).toBeLessThan(200)
  })

  it('that is binary is shown as such', async () => {
    const { page } = await printed(
      'import sys\nsys.stdout.buffer.write(b"\\x7fELF\\x00\\x01" + bytes(range(256)) * 40)',
    )
    await page.getByText('stdout holds 10 KB of binary data').waitFor()
    await page.getByRole('region', { name: 'Program output' }).focus()
    await page.keyboard.press('Home')
    await page.getByText(/^00000000 {2}7f 45 4c 46 00 01/).waitFor()
  })

  it('over the limit is cut, and says where and by which setting', async () => {
    const { page } = await printed('import sys\nwhile True: sys.stdout.write("all work and no play\\n" * 1000)', '1')
    await page.getByText(/Stopped at 1 MB of output/).waitFor()
    await page.getByText(/stdout was cut here: the limit is 1 MB of output/).waitFor()
  })

  it('fills the pane in every frame while it rushes by', async () => {
    const { page } = await stage.visit()
    await page.goto('/')
    await write(page, 'for i in range(400000): print("line", i)')
    await page.keyboard.press('ControlOrMeta+Enter')
    await page
      .getByText(/^line \d{3,}$/)
      .first()
      .waitFor()
    const seen = await page.evaluate<number[]>(SEEN_IN_FRAMES)
    expect(Math.min(...seen)).toBeGreaterThan(10)
  })

  it('is followed until somebody scrolls up, and again when they want', async () => {
    const visit = await stage.visit()
    const { page } = visit
    await page.goto('/')
    await write(
      page,
      'import time, itertools\nfor i in itertools.count():\n    print("tick", i, flush=True)\n    time.sleep(0.01)',
    )
    await page.keyboard.press('ControlOrMeta+Enter')
    await page
      .getByText(/^tick \d{3,}$/)
      .first()
      .waitFor()
    await page.locator('.scroller').hover()
    await page.mouse.wheel(0, -1_000_000)
    const jump = page.getByRole('button', { name: 'Jump to end' })
    await jump.waitFor()
    await page.getByText('tick 0', { exact: true }).waitFor()
    await jump.click()
    await eventually(async () => expect(await jump.count()).toBe(0))
    await page.getByRole('button', { name: /^Stop/ }).click()
  })
})
