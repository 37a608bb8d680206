import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '../system/client.ts'
import { freePort, launch, startGreenroom } from '../system/greenroom.ts'

/** Starts a server that cannot start, and tells what it said and how it ended. */
const refusal = async (env: Record<string, string>) => {
  let said = ''
  const child = launch({ GREENROOM_LOG_LEVEL: 'warn', ...env }, (text) => {
    said += text
  })
  const [code] = await once(child, 'close')
  return { code, said }
}

describe('a server that cannot start says so in a sentence and ends', () => {
  it('when another one has its data directory, which goes on undisturbed', async () => {
    const server = await startGreenroom()
    try {
      const env = { GREENROOM_DATA: server.dataDir, GREENROOM_PORT: String(await freePort()) }
      const { code, said } = await refusal(env)
      expect(code).toBe(1)
      expect(said).toMatch(
        /^Greenroom cannot start: The data directory .* is in use by another Greenroom \(process \d+\)\..*GREENROOM_DATA.*\.\n$/,
      )
      expect(said).toContain(`process ${server.pid}`)
      expect(await new Client(server.url).run({ language: 'bash', source: 'echo on' })).toMatchObject({
        stdout: 'on\n',
      })
    } finally {
      await server.close()
    }
  })

  it('when somebody listens on its port', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const dataDir = mkdtempSync(join(tmpdir(), 'greenroom-port-'))
    try {
      const { port } = taken.address() as { port: number }
      const { code, said } = await refusal({ GREENROOM_DATA: dataDir, GREENROOM_PORT: String(port) })
      expect(code).toBe(1)
      expect(said).toMatch(new RegExp(`^Greenroom cannot start: 127.0.0.1:${port} is in use .*GREENROOM_PORT.*\\.\n$`))
    } finally {
      taken.close()
      rmSync(dataDir, { recursive: true, force: true })
    }
  })

  it('when its address is none of this machine', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'greenroom-host-'))
    const env = { GREENROOM_DATA: dataDir, GREENROOM_HOST: '192.0.2.1', GREENROOM_TOKEN: 'x'.repeat(32) }
    const { code, said } = await refusal(env)
    rmSync(dataDir, { recursive: true, force: true })
    expect({ code, said }).toMatchObject({
      code: 1,
      said: expect.stringMatching(/no address of this machine.*GREENROOM_HOST/),
    })
  })

  it.each(['data', 'data/below'])('when its data directory is a file, or below one: %s', async (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'greenroom-data-'))
    writeFileSync(join(folder, 'data'), 'x')
    const path = join(folder, name)
    const { code, said } = await refusal({ GREENROOM_DATA: path, GREENROOM_PORT: String(await freePort()) })
    rmSync(folder, { recursive: true, force: true })
    expect(code).toBe(1)
    expect(said).toMatch(/^Greenroom cannot start: .*\.\n$/)
    expect(said).toContain(path)
  })

  it('when its data file is none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'greenroom-data-'))
    writeFileSync(
      join(folder, 'greenroom.db'),
      'this is no database, it is a text that is long enough to be seen as one'.repeat(50),
    )
    const { code, said } = await refusal({ GREENROOM_DATA: folder, GREENROOM_PORT: String(await freePort()) })
    rmSync(folder, { recursive: true, force: true })
    expect({ code, said }).toMatchObject({
      code: 1,
      said: expect.stringMatching(/^Greenroom cannot start: .*greenroom\.db.*\.\n$/),
    })
  })
})
