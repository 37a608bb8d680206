import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ServiceBroker } from 'moleculer'
import { brokerOptions } from '../../config/broker.ts'
import { UnixSocketTransporter } from './unix-socket.ts'

const here = import.meta.dirname
const folder = mkdtempSync(join(tmpdir(), 'bus-'))
const children = new Set<ChildProcess>()
const brokers = new Set<ServiceBroker>()
let count = 0
const freshPath = () => join(folder, `${count++}`, 'bus.sock')

// The serving process: answers calls, and tells on stdout what it heard.
const program = (path: string) => `
import { ServiceBroker } from 'moleculer'
import { brokerOptions } from ${JSON.stringify(resolve(here, '../../config/broker.ts'))}
import { UnixSocketTransporter } from ${JSON.stringify(resolve(here, 'unix-socket.ts'))}
const transporter = new UnixSocketTransporter({ path: ${JSON.stringify(path)}, serve: true })
const broker = new ServiceBroker(brokerOptions({ nodeID: 'server-' + process.pid, transporter, logLevel: 'fatal' }))
broker.createService({
  name: 'echo',
  actions: { say: (ctx) => ({ said: ctx.params.text, pid: process.pid }), big: (ctx) => 'x'.repeat(ctx.params.length) },
  events: { 'news.told': (ctx) => console.log('heard ' + ctx.params.text) },
})
await broker.start()
console.log('ready')
process.on('message', () => broker.broadcast('news.back', { pid: process.pid }))
`

const startServer = async (path: string): Promise<ChildProcess> => {
  const args = ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', program(path)]
  const child = spawn(process.execPath, args, { cwd: here, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  children.add(child)
  await heard(child, 'ready')
  return child
}

const heard = (child: ChildProcess, text: string): Promise<void> =>
  new Promise((resolve) => {
    let said = ''
    child.stdout!.on('data', (chunk: Buffer) => {
      said += chunk
      if (said.includes(text)) resolve()
    })
  })

const joined = async (path: string, events = {}): Promise<ServiceBroker> => {
  const transporter = new UnixSocketTransporter({ path, serve: false })
  const broker = new ServiceBroker(brokerOptions({ nodeID: `guest-${count++}`, transporter, logLevel: null }))
  brokers.add(broker)
  if (Object.keys(events).length > 0) broker.createService({ name: 'guest', events })
  await broker.start()
  return broker
}

const eventually = async <T>(attempt: () => Promise<T> | T): Promise<T> => {
  for (const until = Date.now() + 60_000; ; await pause(20)) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > until) throw error
    }
  }
}

const say = (broker: ServiceBroker, text: string) =>
  broker.call<{ said: string; pid: number }, { text: string }>('echo.say', { text })

afterEach(async () => {
  await Promise.all([...brokers].map((broker) => broker.stop()))
  for (const child of children) child.kill('SIGKILL')
  brokers.clear()
  children.clear()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a bus over a socket file', () => {
  it('carries calls to another process and large answers back', async () => {
    const path = freshPath()
    const server = await startServer(path)
    const guest = await joined(path)
    expect(await say(guest, 'grüße')).toEqual({ said: 'grüße', pid: server.pid })
    expect(await guest.call('echo.big', { length: 5_000_000 })).toHaveLength(5_000_000)
    expect(Object.keys(await guest.ping())).toEqual([`server-${server.pid}`])
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('carries events both ways, and between two guests', async () => {
    const path = freshPath()
    const server = await startServer(path)
    const told = new Set<string>()
    await joined(path, {
      'news.back': () => void told.add('back'),
      'news.told': () => void told.add('told'),
    })
    const second = await joined(path)
    await eventually(() => expect(second.registry.nodes.list({ onlyAvailable: true })).toHaveLength(3))
    const serverHears = heard(server, 'heard hello')
    await second.broadcast('news.told', { text: 'hello' })
    await serverHears
    // The server learns a little later than the guests what a guest wants to hear.
    await eventually(() => {
      server.send('now')
      expect([...told].sort()).toEqual(['back', 'told'])
    })
  })

  it('is joined again when the server comes back, even after kill -9', async () => {
    const path = freshPath()
    const server = await startServer(path)
    const guest = await joined(path)
    const before = await say(guest, 'one')
    server.kill('SIGKILL')
    await once(server, 'exit')
    expect(existsSync(path)).toBe(true)
    const successor = await startServer(path)
    const after = await eventually(() => say(guest, 'two'))
    expect(after).toEqual({ said: 'two', pid: successor.pid })
    expect(after.pid).not.toBe(before.pid)
  })

  it('refuses a call at once, as one to repeat, while nobody serves', async () => {
    const path = freshPath()
    const server = await startServer(path)
    const guest = await joined(path)
    server.kill('SIGTERM')
    await once(server, 'exit')
    expect(existsSync(path)).toBe(false)
    await eventually(() =>
      expect(say(guest, 'lost')).rejects.toMatchObject({ type: 'SERVICE_NOT_AVAILABLE', retryable: true }),
    )
  })

  it('disconnects a peer that talks nonsense, and serves the others on', async () => {
    const path = freshPath()
    await startServer(path)
    const guest = await joined(path)
    const stranger = connect(path)
    await once(stranger, 'connect')
    stranger.write(Buffer.alloc(64, 255))
    await once(stranger, 'close')
    expect(await say(guest, 'still here')).toMatchObject({ said: 'still here' })
  })

  it('ends the process with a sentence when another server holds the socket', async () => {
    const path = freshPath()
    await startServer(path)
    const second = spawn(process.execPath, ['--input-type=module', '-e', program(path)], { cwd: here })
    children.add(second)
    const exit = once(second, 'exit')
    await heard(second, 'Another Greenroom serves')
    expect(await exit).toEqual([1, null])
  })

  it('does not take the place of a server that answers, but of a file that nobody serves', async () => {
    const path = freshPath()
    const { answers, prepareFolder } = await import('./socket-path.ts')
    prepareFolder(path)
    writeFileSync(path, '')
    expect(await answers(path)).toBe(false)
    rmSync(path)
    const server = createServer().listen(path)
    await once(server, 'listening')
    expect(await answers(path)).toBe(true)
    server.close()
  })
})
