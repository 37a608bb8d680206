import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { eventually } from '../eventually.ts'
import { describeOn } from './describe-on.ts'
import { startKafka } from './kafka.ts'
import { startMongo } from './mongo.ts'
import { startNats } from './nats.ts'
import { startRedis } from './redis.ts'
import { endShared, sharedKafka } from './shared-kafka.ts'

const reaches = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

const servers = [
  ['redis', () => startRedis()],
  ['nats', () => startNats()],
  ['mongodb', () => startMongo()],
  ['kafka', () => startKafka()],
] as const

for (const [name, start] of servers)
  describeOn(name)(`a private ${name}`, () => {
    it('serves, is killed, comes back on its port, and leaves nothing', async () => {
      const server = await start()
      const { port, pid } = server
      expect(await reaches(port)).toBe(true)
      await server.kill()
      expect(await reaches(port)).toBe(false)
      await server.restart()
      expect([await reaches(port), server.port]).toEqual([true, port])
      expect(server.pid).not.toBe(pid)
      await server.stop()
      expect([await reaches(port), existsSync(server.dir)]).toEqual([false, false])
    })
  })

describeOn('redis')('a private server', () => {
  it('is held still and goes on where it was', async () => {
    const server = await startRedis()
    const socket = connect(server.port, '127.0.0.1').setEncoding('utf8')
    let answers = ''
    socket.on('data', (text: string) => {
      answers += text
    })
    server.pause()
    socket.write('PING\r\n')
    expect(await reaches(server.port)).toBe(true)
    expect(answers).toBe('')
    server.resume()
    await eventually(() => expect(answers).toBe('+PONG\r\n'))
    socket.destroy()
    await server.stop()
  })

  it('takes further options', async () => {
    const server = await startRedis({ args: ['--requirepass', 'secret'] })
    const socket = connect(server.port, '127.0.0.1').setEncoding('utf8')
    socket.write('PING\r\n')
    expect(await once(socket, 'data')).toEqual([expect.stringContaining('NOAUTH')])
    socket.destroy()
    await server.stop()
  })

  it('tells why it does not start', async () => {
    await expect(startRedis({ args: ['--maxmemory-policy', 'nonsense'] })).rejects.toThrow(
      /redis has ended.*\n.*nonsense/s,
    )
  })

  it('dies with the test that started it', async () => {
    const script = `import { startRedis } from './redis.ts'
      const { port, dir } = await startRedis()
      console.log(JSON.stringify({ port, dir }))
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: resolve(import.meta.dirname) })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const { port, dir } = JSON.parse(String(line)) as { port: number; dir: string }
    expect(await reaches(port)).toBe(true)
    child.kill('SIGKILL')
    await eventually(async () => expect(await reaches(port)).toBe(false))
    rmSync(dir, { recursive: true })
  })
})

describeOn('kafka')('the Kafka that test files share', () => {
  it('is started once, for all who ask at the same time, and ended with the run', async () => {
    const run = { pid: process.pid, dir: mkdtempSync(join(tmpdir(), 'greenroom-shared-')) }
    const asked = await Promise.all([sharedKafka(run), sharedKafka(run), sharedKafka(run)])
    const urls = new Set(asked.map(({ url }) => url))
    expect(urls.size).toBe(1)
    const port = Number([...urls][0]?.split(':')[1])
    expect(await reaches(port)).toBe(true)
    await endShared(run)
    expect([await reaches(port), existsSync(run.dir)]).toEqual([false, false])
  })
})
