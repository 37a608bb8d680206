import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { commandNames, loadCommand } from '../../cli/commands.ts'
import { Client } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'
import { cli, type Shell, shellIn } from './shell.ts'

let server: Greenroom
let client: Client
let shell: Shell
const folder = mkdtempSync(join(tmpdir(), 'cli-commands-'))
const short = (id: string) => id.slice(-8)
const say = async (...args: string[]) => {
  const { code, stdout, stderr } = await shell.greenroom(args)
  return { code, stdout: String(stdout), stderr }
}
/** An ended run. */
const ended = async (source = 'print("hello")') => (await client.run({ language: 'python', source })).id

beforeAll(async () => {
  server = await startGreenroom()
  client = new Client(server.url)
  shell = shellIn(folder, server.url)
  for (const name of ['hello', 'main', 'util']) writeFileSync(join(folder, `${name}.py`), 'print("hello")')
  writeFileSync(join(folder, 'double.py'), 'print(int(input()) * 2)')
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

it('says where options belong', async () => {
  const { code, stderr } = await say('--limit', '2', 'list')
  expect([code, stderr]).toEqual([125, 'greenroom: The command comes before its options: greenroom list --limit …\n'])
})

it('takes the address of the server before the command as well', async () => {
  const { stdout } = await say('--url', server.url, 'runtimes', '--json')
  expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ language: 'python' }))
  expect((await say('--url', 'nonsense', 'list')).stderr).toMatch(
    /^greenroom: "nonsense" is not the address of a server/,
  )
})

describe('the examples in the help', () => {
  it.each(commandNames)('of greenroom %s work as they stand there', async (name) => {
    const command = await loadCommand(name)
    const shown = await say('help', name)
    for (const [line] of command?.examples ?? []) {
      expect(shown.stdout).toContain(line)
      const ids = await Promise.all([subject(name), subject(name)])
      const real = line.replace('7f3a91c2', short(ids[0])).replace('80bb31d0', short(ids[1]))
      const { code, stderr } = await shell.bash(real)
      expect([line, code, stderr]).toEqual([line, 0, ''])
    }
  })
})

// What a command may be done to: cancel wants something that runs.
const subject = async (name: string): Promise<string> =>
  name === 'cancel' ? (await client.submit({ language: 'python', source: 'import time; time.sleep(600)' })).id : ended()

describe('the command line', () => {
  it('lists runs by filter in a table that fits 100 columns', async () => {
    const id = await ended('import sys; sys.exit(7)')
    const { stdout } = await say('list', '--state', 'failed')
    expect(stdout).toMatch(new RegExp(`^${short(id)} +failed +exit 7 +python 3`, 'm'))
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
    expect(JSON.parse((await say('list', '--limit', '1', '--json')).stdout)).toMatchObject({ items: [{ id }] })
  })

  it('shows a run with every hop of its way, by its short id', async () => {
    const id = await ended()
    const { stdout } = await say('show', short(id))
    for (const word of [id, 'exit 0', 'queued', 'scheduled', 'running', 'succeeded', 'memory'])
      expect(stdout).toContain(word)
    expect(JSON.parse((await say('show', id, '--json')).stdout)).toMatchObject({ id, stdout: 'hello\n' })
  })

  it('prints the output of a run again, each stream to its own', async () => {
    const id = await ended('import sys; print("out"); print("err", file=sys.stderr)')
    const both = { code: 0, stdout: 'out\n', stderr: 'err\n' }
    expect(await say('logs', short(id))).toEqual(both)
    expect(await say('logs', '--follow', id)).toEqual(both)
    expect(await say('logs', id, '--stream', 'stderr')).toEqual({ code: 0, stdout: '', stderr: 'err\n' })
  })

  it('retries, and deletes what has ended', async () => {
    const id = await ended()
    const again = (await say('retry', short(id))).stdout.trim()
    expect(await client.ended(again)).toMatchObject({ retryOf: id, state: 'succeeded' })
    expect(await say('delete', short(id))).toMatchObject({ code: 0 })
    expect(await say('show', id)).toMatchObject({ code: 125, stderr: `greenroom: There is no run ${id}.\n` })
  })

  it('goes on with the others when one of several cannot be cancelled', async () => {
    const running = await subject('cancel')
    const said = await say('cancel', 'nothing', short(running))
    expect(said).toEqual({ code: 125, stdout: '', stderr: 'greenroom: There is no run nothing.\n' })
    expect(await client.ended(running)).toMatchObject({ state: 'cancelled' })
  })

  it('is found through symbolic links', () => {
    symlinkSync(cli, join(folder, 'first'))
    symlinkSync('first', join(folder, 'second'))
    expect(spawnSync(join(folder, 'second'), ['--version'], { encoding: 'utf8' }).stdout).toMatch(/^greenroom \d/)
  })

  it.each(['bash', 'zsh', 'fish'])('completes itself in %s', async (name) => {
    const { stdout, code } = await say('completion', name)
    expect(code).toBe(0)
    for (const word of [...commandNames, 'memory', 'follow']) expect(stdout).toContain(word)
    if (name === 'bash') expect(spawnSync('bash', ['-n'], { input: stdout }).status).toBe(0)
  })
})

describe('the console', () => {
  const script = (text: string) =>
    spawnSync(resolve(import.meta.dirname, '../../deploy.sh'), ['repl'], {
      input: text,
      encoding: 'utf8',
      env: { ...process.env, GREENROOM_DATA: server.dataDir },
    })

  it('works through a script, one command after the other', async () => {
    const id = await ended()
    const running = await subject('cancel')
    const lines = [
      'executions --state succeeded',
      `execution ${short(id)}`,
      'queue',
      'nodes',
      `cancel ${short(running)}`,
    ]
    const { stdout, stderr, status } = script(`# a script\n${lines.join('\n')}\n`)
    const marks = [`${short(id)}  succeeded`, 'AFTER', 'slots taken', 'ISOLATION', `Next: execution ${short(running)}`]
    const places = marks.map((mark) => stdout.indexOf(mark))
    expect([status, stderr, places.includes(-1)]).toEqual([0, '', false])
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
    expect(await client.ended(running)).toMatchObject({ state: 'cancelled' })
  })

  it('says how to see more of what it has listed', async () => {
    await Promise.all([ended(), ended()])
    expect(script('executions --state succeeded --limit 1').stdout).toMatch(
      /There are older ones: --limit 200 shows more\.\n$/,
    )
  })

  it('ends with a failure when a command could not be done', () => {
    expect(script('cancel nothing\nexecutions --limit few\nqueue\n')).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('slots taken'),
      stderr: 'There is no run nothing.\n--limit is "few", but must be a whole number from 1 on.\n',
    })
  })

  it('ends with a failure when there is no such command', () => {
    expect(script('executionz\n')).toMatchObject({ status: 1, stderr: expect.stringMatching(/^error: /) })
  })
})
