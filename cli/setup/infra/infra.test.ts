import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describeOn } from '../../../test/servers/describe-on.ts'
import { startGreenroom } from '../../../test/system/greenroom.ts'
import { down, seen, up } from './native.ts'
import { isAlive } from './process.ts'
import { keep, read } from './records.ts'
import { redis } from './redis.ts'

const root = resolve(import.meta.dirname, '../../..')
let data: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'greenroom-infra-'))
})
afterEach(() => rmSync(data, { recursive: true }))

const deploy = (args: string[], { input = '', port = '' } = {}) => {
  const env = { ...process.env, GREENROOM_DATA: data, GREENROOM_PORT: port }
  const { status, stdout, stderr } = spawnSync(`${root}/deploy.sh`, args, { encoding: 'utf8', env, input })
  return { status, stdout, stderr }
}
const infra = (...args: string[]) => deploy(['infra', ...args])

/** The process of each server by name, as `status` tells it. */
const running = (): Record<string, number> =>
  Object.fromEntries(
    [...infra('status').stdout.matchAll(/^(\S+) +up +(\d+) /gm)].map(([, name, pid]) => [name, Number(pid)]),
  )

describeOn(
  'nats',
  'redis',
  'mongodb',
  'kafka',
)('infra', () => {
  afterEach(() => infra('down'))

  it('starts every server, starts again only what has died, and ends them all', () => {
    const first = infra('up', '--native')
    expect([first.status, first.stderr]).toEqual([0, expect.stringContaining('These settings attach')])
    const settings = readFileSync(join(data, 'infra/settings'), 'utf8')
    expect(first.stdout).toBe(settings.replace(/^/gm, 'export ').replace(/export $/, ''))
    expect(settings.match(/^GREENROOM_\w+(?==\S)/gm)).toEqual([
      ...['GREENROOM_NATS_URL', 'GREENROOM_REDIS_URL', 'GREENROOM_MONGODB_URL', 'GREENROOM_KAFKA_BROKERS'],
    ])
    const before = running()
    expect(Object.keys(before)).toEqual(['nats', 'redis', 'mongodb', 'kafka-1'])
    process.kill(before['kafka-1'] ?? 0, 'SIGKILL')
    const hurt = infra('status')
    expect([hurt.status, hurt.stdout]).toEqual([1, expect.stringMatching(/^kafka-1 +DOWN /m)])
    expect(infra('--native').stdout).toBe(first.stdout)
    const after = running()
    expect(after).toEqual({ ...before, 'kafka-1': expect.any(Number) })
    expect(after['kafka-1']).not.toBe(before['kafka-1'])
    expect(infra('down').stderr).toContain('Ended: nats, redis, mongodb, kafka.')
    expect([running(), infra('down').stderr]).toEqual([{}, 'No server of this checkout runs.\n'])
  })

  it('leads the console to a process that runs on it, for as long as it is there', async () => {
    expect(infra('up', '--native').status).toBe(0)
    const lines = readFileSync(join(data, 'infra/settings'), 'utf8').trim().split('\n')
    const settings = lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
    const server = await startGreenroom({ dataDir: data, env: Object.fromEntries(settings) })
    expect(deploy(['repl'], { input: 'queue\n' })).toMatchObject({
      ...{ status: 0, stderr: '', stdout: expect.stringContaining('slots taken') },
    })
    const seen = deploy(['status'], { port: `${server.port}` })
    expect(seen.stdout).toMatch(new RegExp(`^Greenroom \\S+ answers at ${server.url}: ready\\.\n\nSERVER`))
    await server.close()
    expect(deploy(['repl'])).toMatchObject({ status: 1, stderr: expect.stringMatching(/^No node with executions and/) })
    infra('down')
    expect(deploy(['repl'])).toMatchObject({ status: 1, stderr: expect.stringContaining('Greenroom is not running') })
  }, 300_000)

  it('refuses what it does not know', () => {
    expect(infra('up', '--brokers', '2')).toMatchObject({
      status: 1,
      stderr: '--brokers is "2", but must be 1 or 3.\n',
    })
    expect(infra('logs', 'postgres').stderr).toContain('There is no server "postgres", only nats, redis,')
    expect(infra('upp').stderr).toBe('infra knows up, down, status and logs, but no "upp".\n')
  })
})

describeOn('redis')('a server without a container', () => {
  it('moves to other ports where its own are taken, and keeps those that it has', async () => {
    const other = mkdtempSync(join(tmpdir(), 'greenroom-infra-'))
    const [mine, theirs] = [await up(data, redis, 1), await up(other, redis, 1)]
    expect(mine).not.toBe(theirs)
    await down(data, redis)
    await down(other, redis)
    rmSync(other, { recursive: true })
  })

  it('is never taken for a process that got its number later', async () => {
    const bystander = spawn('sleep', ['60'])
    const pid = bystander.pid ?? 0
    await keep(data, redis, { ports: [6379], processes: { redis: { pid, since: 'another boot' } } })
    expect(await seen(data, redis)).toMatchObject([{ name: 'redis', pid: null }])
    expect(await down(data, redis)).toBe(false)
    expect([await read(data, redis), bystander.exitCode, bystander.killed]).toEqual([null, null, false])
    process.kill(pid, 0)
    expect(isAlive({ pid, since: 'another boot' })).toBe(false)
    bystander.kill('SIGKILL')
  })

  it('keeps its data over an end in order', async () => {
    // Another port, where somebody else has taken the usual one.
    let url = await up(data, redis, 1)
    const ask = (...words: string[]) =>
      spawnSync('redis-cli', ['-u', url, ...words], { encoding: 'utf8' }).stdout.trim()
    expect(ask('SET', 'kept', 'yes')).toBe('OK')
    await down(data, redis)
    url = await up(data, redis, 1)
    expect([ask('GET', 'kept'), ask('CONFIG', 'GET', 'maxmemory-policy')]).toEqual([
      'yes',
      'maxmemory-policy\nnoeviction',
    ])
    await down(data, redis)
  })
})
