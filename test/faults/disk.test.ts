import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { eventually } from '../eventually.ts'
import { alive } from '../system/alive.ts'
import { Client, type Page } from '../system/client.ts'
import { type Greenroom, startGreenroom } from '../system/greenroom.ts'

const MiB = 1024 ** 2
const hello = { language: 'bash', source: 'echo hello' }

const mount = (folder: string): boolean => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=755', 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch {
    // Not root, or in a container that may not mount.
    return false
  }
}

const folder = mkdtempSync(join(tmpdir(), 'greenroom-disk-'))
const canMount = mount(folder)
afterAll(() => {
  if (canMount) execFileSync('umount', ['-l', folder])
  rmSync(folder, { recursive: true, force: true })
})

const submitted = (client: Client) => client.refused('POST', '/executions', hello)

describe('a data file that somebody else has locked', () => {
  it('means that submissions are refused for now, in a sentence, and that all is well afterwards', async () => {
    const server = await startGreenroom()
    const client = new Client(server.url)
    const before = await client.run(hello)
    const mark = `disk-${process.pid}`
    const running = await client.submit({ language: 'bash', source: 'sleep 3; echo through', args: [mark] })
    await client.until(running.id, ['running', 'succeeded'])
    const other = new DatabaseSync(join(server.dataDir, 'greenroom.db'), { timeout: 5000 })
    other.exec('begin immediate')
    try {
      const answer = await submitted(client)
      expect(answer).toMatchObject({
        status: 503,
        body: { type: 'urn:greenroom:store-unavailable', detail: expect.stringMatching(/locked/) },
      })
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await client.show(before.id)).stdout).toBe('hello\n')
      expect((await client.get('//health/live')).status).toBe(200)
      // It ends while nothing can be written of it.
      await eventually(() => expect(alive(mark)).toEqual([]))
    } finally {
      other.exec('rollback')
      other.close()
    }
    expect(await client.run(hello)).toMatchObject({ stdout: 'hello\n' })
    expect(await client.ended(running.id)).toMatchObject({ state: 'succeeded', stdout: 'through\n', attempt: 1 })
    const { items } = (await client.get<Page>('/executions')).body
    expect(items).toHaveLength(3)
    await eventually(async () => {
      const { body } = await client.get<{ queue: object }>('//health')
      expect(body.queue).toMatchObject({ length: 0, running: 0 })
    })
    await server.close()
  })
})

const whenMountable = canMount ? describe : describe.skip

whenMountable('a disk that is full', () => {
  let server: Greenroom
  let client: Client
  beforeAll(async () => {
    server = await startGreenroom({ dataDir: folder, env: { GREENROOM_SLOTS: '2' } })
    client = new Client(server.url)
  })
  afterAll(() => server.close())

  const filler = join(folder, 'filler')

  /** Fills what is left to the last byte. */
  const fill = () => {
    for (let size = 8 * MiB; size >= 512; size /= 2) {
      for (let written = true; written; ) {
        try {
          writeFileSync(filler, Buffer.alloc(size), { flag: 'a' })
        } catch {
          written = false
        }
      }
    }
  }

  it('means that submissions are refused for now, in a sentence; nothing accepted is lost, and space brings all back', async () => {
    const kept = await client.run(hello)
    const printing = await client.submit({
      ...{ language: 'bash', source: 'for i in {1..40}; do echo line $i {1..1500}; sleep 0.05; done' },
      limits: { wallMs: 60_000, outputBytes: 4 * MiB },
    })
    await client.untilPrinted(printing.id, 'line 2 ')
    fill()
    expect(statSync(filler).size).toBeGreaterThan(MiB)
    const accepted: string[] = []
    await eventually(async () => {
      const { status, body } = await client.refused('POST', '/executions', { ...hello, stdin: 'x'.repeat(100_000) })
      if (status === 202) accepted.push((body as unknown as { id: string }).id)
      expect(body).toMatchObject({ status: 503, detail: expect.stringMatching(/disk is full/) })
    })
    expect((await client.show(kept.id)).stdout).toBe('hello\n')
    expect((await client.get('//health/live')).status).toBe(200)
    rmSync(filler)
    await eventually(async () => expect((await submitted(client)).status).toBe(202))
    for (const id of accepted) expect(await client.ended(id)).toMatchObject({ state: 'succeeded', stdout: 'hello\n' })
    const whole = Array.from(
      { length: 40 },
      (_, i) => `line ${i + 1} ${Array.from({ length: 1500 }, (__, n) => n + 1).join(' ')}\n`,
    ).join('')
    expect(await client.ended(printing.id)).toMatchObject({ state: 'succeeded', attempt: 1 })
    expect((await client.output(printing.id)).toString()).toBe(whole)
    expect(await client.run(hello)).toMatchObject({ stdout: 'hello\n' })
  })

  it('that is full already when it is killed and started again still comes back with everything', async () => {
    const kept = await client.run(hello)
    fill()
    await server.kill9()
    rmSync(filler)
    await server.restart()
    expect(await client.show(kept.id)).toMatchObject({ state: 'succeeded', stdout: 'hello\n' })
    expect(await client.run(hello)).toMatchObject({ stdout: 'hello\n' })
  })
})
