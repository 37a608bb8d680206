import { readFileSync } from 'node:fs'
import { eventually } from '../eventually.ts'
import { Client } from '../system/client.ts'
import { rows, statusLine, withChromium } from './chromium.ts'
import { Stage } from './stage.ts'

withChromium('the runs in Chromium', () => {
  const stage = Stage.for()

  const submit = async (source: string, labels: Record<string, string> = {}, wait = true, more = {}) => {
    const client = new Client(stage.url)
    const { id } = await client.submit({ language: 'python', source, labels, ...more })
    if (wait) await client.ended(id)
    return id
  }
  const open = async (address: string) => {
    const visit = await stage.visit()
    await visit.page.goto(address)
    return visit
  }

  it('filters by address, and keeps new ones waiting', async () => {
    const kept = await submit('print(1)', { kind: 'filtered' })
    const { page, faults } = await open('/runs?label=kind%3Dfiltered')
    await page.locator(`a[href="/runs/${kept}"]`).waitFor()
    expect(await page.locator('[data-run]').count()).toBe(1)
    const fresh = await submit('print(2)', { kind: 'filtered' })
    await page.getByRole('button', { name: '1 new' }).click()
    await eventually(async () =>
      expect(await page.locator('[data-run]').first().getAttribute('href')).toBe(`/runs/${fresh}`),
    )
    await page.getByLabel('State').selectOption('failed')
    await page.getByText('No run is like this').waitFor()
    expect(new URL(page.url()).search).toBe('?state=failed&label=kind%3Dfiltered')
    await page.goBack()
    await eventually(async () => expect(await page.locator('[data-run]').count()).toBe(2))
    await page.goto('/runs?state=failed,timed_out&label=kind%3Dfiltered')
    await page.getByText('No run is like this').waitFor()
    expect(await page.getByLabel('State').locator('option:checked').textContent()).toBe('failed, timed out')
    expect(faults).toEqual([])
  })

  it('loads older ones page by page', async () => {
    await Promise.all(Array.from({ length: 52 }, () => submit('pass', { kind: 'many' }, false)))
    const { page } = await open('/runs?label=kind%3Dmany')
    await eventually(async () => expect(await page.locator('[data-run]').count()).toBe(50))
    await page.getByRole('button', { name: 'Show older runs' }).click()
    await eventually(async () => expect(await page.locator('[data-run]').count()).toBe(52))
    await page.getByText('These are all.').waitFor()
  })

  it('cancels and deletes several, after a question that says how many', async () => {
    const going = await submit('import time; time.sleep(600)', { kind: 'acted' }, false)
    await submit('print(1)', { kind: 'acted' })
    const { page } = await open('/runs?label=kind%3Dacted')
    await page.getByLabel('Choose all runs shown').check()
    await page.getByRole('button', { name: 'Cancel 1' }).click()
    await page.getByRole('dialog', { name: 'Cancel 1 run?' }).getByRole('button', { name: 'Cancel 1 run' }).click()
    await page.locator(`tr:has(a[href="/runs/${going}"])`, { hasText: 'cancelled' }).waitFor()
    await page.getByLabel('Choose all runs shown').check()
    await page.getByRole('button', { name: 'Delete 2' }).click()
    await page.getByRole('dialog', { name: 'Delete 2 runs?' }).getByRole('button', { name: 'Delete 2 runs' }).click()
    await page.getByText('No run is like this').waitFor()
    expect((await fetch(`${stage.url}/api/v1/executions/${going}`)).status).toBe(404)
  })

  it('offers the files that one has handed out, and says what was left out', async () => {
    const source = 'import os; open("out/é.txt", "w").write("hé"); os.symlink("/", "out/root")'
    const id = await submit(source, {}, true, { artifacts: { directory: 'out' } })
    const { page, faults } = await open(`/runs/${id}`)
    const region = page.getByRole('region', { name: 'Artifacts' })
    await region.getByText('Left out: "root" (a symbolic link).').waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      region.getByRole('button', { name: 'Download é.txt' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('é.txt')
    expect(readFileSync(await download.path(), 'utf8')).toBe('hé')
    expect(faults).toEqual([])
  })

  it('shows one with its facts, timeline, program and a line that was linked', async () => {
    const id = await submit('for i in range(500): print("row", i)')
    const { page, faults } = await open(`/runs/${id}#L400`)
    await page.locator('.row.selected', { hasText: 'row 399' }).waitFor()
    await page.getByRole('heading', { name: 'Timeline' }).waitFor()
    expect(await page.locator('.timeline').textContent()).toMatch(/accepted, waiting.*started.*succeeded/s)
    expect(await page.locator('.program pre').textContent()).toContain('print("row", i)')
    expect(await page.getByRole('meter', { name: 'Memory' }).getAttribute('aria-valuetext')).toMatch(/MB of 256 MB/)
    expect(faults).toEqual([])
  })

  it('runs one again, opens it in the editor, and deletes it', async () => {
    const id = await submit('print("again")')
    const { page } = await open(`/runs/${id}`)
    await page.getByRole('button', { name: 'Run again' }).click()
    await page.getByText('again', { exact: true }).first().waitFor()
    await eventually(() => expect(page.url()).not.toContain(id))
    await eventually(async () => expect(await rows(page)).toEqual(['again']))
    expect(await page.locator('.facts').textContent()).toContain(id.slice(-8))
    await page.getByRole('link', { name: 'Edit and run' }).click()
    await eventually(async () => expect(await page.locator('.cm-content').textContent()).toContain('print("again")'))
    await page.keyboard.press('ControlOrMeta+Enter')
    await eventually(async () => expect(await statusLine(page).textContent()).toContain('exit 0'))
    await page.goto(`/runs/${id}`)
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('button', { name: 'Delete the run' }).click()
    await page.getByRole('heading', { name: 'Runs' }).waitFor()
    expect((await fetch(`${stage.url}/api/v1/executions/${id}`)).status).toBe(404)
  })
})
