import { eventually } from '../eventually.ts'
import { startGreenroom } from '../system/greenroom.ts'
import { rows, statusLine, withChromium, write } from './chromium.ts'
import { Stage } from './stage.ts'

withChromium('the editor in Chromium', () => {
  const stage = Stage.for()

  const open = async () => {
    const visit = await stage.visit()
    await visit.page.goto('/')
    await visit.page.locator('.cm-content').waitFor()
    return visit
  }

  it('greets with an example that runs', async () => {
    const { page, faults } = await open()
    await eventually(async () => expect(await page.locator('.cm-content').textContent()).not.toBe(''))
    await page.getByRole('button', { name: /^Run/ }).click()
    await eventually(async () => expect(await statusLine(page).textContent()).toMatch(/exit 0, .* ms, .* MB/))
    expect((await rows(page)).length).toBeGreaterThan(0)
    expect(faults).toEqual([])
  })

  it('shows what a typed program prints, stdout and stderr apart, and how it ended', async () => {
    const { page, faults } = await open()
    await write(
      page,
      'import sys\nprint("to stdout")\nsys.stdout.flush()\nprint("to stderr", file=sys.stderr)\nsys.exit(3)',
    )
    await page.keyboard.press('ControlOrMeta+Enter')
    await eventually(async () => expect(await statusLine(page).textContent()).toContain('exit 3'))
    expect(await rows(page)).toEqual(['to stdout', 'to stderr'])
    expect(await page.locator('.row.stderr').textContent()).toMatch(/err\s*to stderr/)
    expect(await page.getByTestId('said').textContent()).toContain('exit 3')
    expect(faults).toEqual([])
  })

  it('shows output while the program runs, and stops it when asked', async () => {
    const { page } = await open()
    await write(
      page,
      'import time, itertools\nfor i in itertools.count():\n    print("tick", i, flush=True)\n    time.sleep(0.05)',
    )
    await page.keyboard.press('ControlOrMeta+Enter')
    await page
      .getByText(/^tick \d+$/)
      .first()
      .waitFor()
    expect(await statusLine(page).textContent()).toMatch(/running/)
    await page.getByRole('button', { name: /^Stop/ }).click()
    await eventually(async () => expect(await statusLine(page).textContent()).toMatch(/cancelled/))
    await page.getByRole('button', { name: /^Run/ }).waitFor()
  })

  it('lets people type to the program where its output ends', async () => {
    const { page } = await open()
    await write(
      page,
      'name = input("Name: ")\nprint("Hello", name)\nimport sys\nprint("rest:", repr(sys.stdin.read()))',
    )
    await page.keyboard.press('ControlOrMeta+Enter')
    await eventually(async () => expect((await rows(page))[0]).toMatch(/^Name: /))
    await page.locator('[data-stdin]').fill('Ada')
    await page.locator('[data-stdin]').press('Enter')
    await page.getByText('Hello Ada').waitFor()
    await page.locator('[data-stdin]').press('Control+d')
    await eventually(async () => expect(await rows(page)).toEqual(['Name: Ada', 'Hello Ada', "rest: ''"]))
  })

  it('names the limit that was hit and leads to it', async () => {
    const { page } = await open()
    await page.getByRole('button', { name: /^Limits/ }).click()
    await page.getByLabel('Wall time, seconds').fill('0.5')
    await write(page, 'import time\nprint("waiting", flush=True)\ntime.sleep(600)')
    await page.keyboard.press('ControlOrMeta+Enter')
    await page.getByText('Stopped at 500 ms of wall time').waitFor()
    await page.getByRole('button', { name: /^Limits/ }).click()
    await page.getByRole('button', { name: 'raise it in Limits' }).click()
    await page.locator('#limit-wallMs:focus').waitFor()
  })

  it('runs several files with arguments, environment and input', async () => {
    const { page } = await open()
    await write(
      page,
      'import os, sys, helper\nprint(helper.shout(sys.stdin.read().strip()), sys.argv[1:], os.environ["MODE"])',
    )
    await page.getByRole('button', { name: 'Add a file' }).click()
    await page.locator('input:focus').waitFor()
    await page.keyboard.type('helper.py')
    await page.keyboard.press('Enter')
    await write(page, 'def shout(text):\n    return text.upper()')
    await page.getByRole('button', { name: /^Input/ }).click()
    await page.getByLabel('Standard input').fill('quiet')
    await page.getByRole('button', { name: /^Arguments/ }).click()
    await page.getByLabel('Arguments').last().fill('one two\nthree')
    await page.getByRole('button', { name: /^Environment/ }).click()
    await page.getByLabel('Environment').last().fill('MODE=fast')
    await page.keyboard.press('ControlOrMeta+Enter')
    await eventually(async () => expect(await rows(page)).toEqual(["QUIET ['one two', 'three'] fast"]))
  })

  it('tells what was refused, and where', async () => {
    const { page } = await open()
    await page.getByRole('button', { name: 'Add a file' }).click()
    await page.locator('input:focus').waitFor()
    await page.keyboard.type('../escape.py')
    await page.getByText('The path must not hold').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^Environment/ }).click()
    await page.getByLabel('Environment').last().fill('no equals sign')
    await page.getByText('Line 1 must read NAME=value').waitFor()
  })

  it('keeps the program and its language over a reload, and each language its own', async () => {
    const { page } = await open()
    await write(page, '# mine, in Python')
    await page.getByLabel('Language', { exact: true }).selectOption('bash')
    await write(page, '# mine, in Bash')
    await page.reload()
    await eventually(async () => expect(await page.locator('.cm-content').textContent()).toContain('# mine, in Bash'))
    await page.getByLabel('Language', { exact: true }).selectOption('python')
    await eventually(async () => expect(await page.locator('.cm-content').textContent()).toContain('# mine, in Python'))
  })

  it('copies the very run for a shell', async () => {
    const { page } = await open()
    await write(page, 'print("copied")')
    await page.getByRole('button', { name: 'Copy as' }).click()
    await page.getByRole('menuitem', { name: 'curl' }).click()
    await page.getByText('Copied as curl').waitFor()
    const copied = await page.evaluate('navigator.clipboard.readText()')
    expect(copied).toContain(`${stage.url}/api/v1/executions?wait=60`)
    expect(copied).toContain('print(\\"copied\\")')
  })

  it('can be written in before the editor has arrived, and goes on where one was', async () => {
    const { page } = await stage.visit()
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    await page.route('**/assets/code-editor-*.js', async (route) => {
      await held
      await route.continue()
    })
    await page.goto('/')
    const plain = page.locator('textarea[data-editor]')
    await plain.fill('print("typed early")')
    await page.keyboard.press('ControlOrMeta+Enter')
    await eventually(async () => expect(await rows(page)).toEqual(['typed early']))
    await plain.focus()
    release()
    await page.locator('.cm-content:focus').waitFor()
    expect(await page.locator('.cm-content').textContent()).toBe('print("typed early")')
  })

  it('asks once for the token of a Greenroom that has one', async () => {
    const token = 'a-token-that-is-long-enough-for-it'
    const guarded = await startGreenroom({ env: { GREENROOM_TOKEN: token } })
    try {
      const { page } = await stage.visit({}, guarded.url)
      await page.goto('/')
      await page.getByRole('dialog', { name: 'This Greenroom asks for a token' }).locator('input:focus').waitFor()
      await page.keyboard.type('not-the-token')
      await page.keyboard.press('Enter')
      await page.getByRole('alert').getByText('The token was not accepted.').waitFor()
      await page.keyboard.type(token)
      await page.keyboard.press('Enter')
      await page.locator('.cm-content').waitFor()
      await write(page, 'print("let in")')
      await page.keyboard.press('ControlOrMeta+Enter')
      await eventually(async () => expect(await rows(page)).toEqual(['let in']))
      await page.reload()
      await eventually(async () => expect(await rows(page)).toEqual(['let in']))
    } finally {
      await guarded.close()
    }
  })
})
