import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { eventually } from '../eventually.ts'
import { residentBytes } from './alive.ts'
import { Client } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'
import { bytesIn, readStream } from './sse.ts'

const MiB = 1024 ** 2
const MOST_GROWTH = 160 * MiB

let server: Greenroom
let client: Client

beforeAll(async () => {
  server = await startGreenroom()
  client = new Client(server.url)
  await client.run({ language: 'python', source: 'print(1)' })
})
afterAll(() => server.close())

/** How many bytes of memory the server takes at the most while something happens. */
const peakWhile = async (work: () => Promise<unknown>): Promise<number> => {
  let peak = 0
  const look = setInterval(() => {
    peak = Math.max(peak, residentBytes(server.pid))
  }, 20)
  await work().finally(() => clearInterval(look))
  return peak
}

const digits =
  'import sys\nline = b"0123456789" * 10 + b"\\n"\nfor _ in range(10000): sys.stdout.buffer.write(line * 100)'
const LENGTH = 101_000_000

describe('a program that prints 100 MB', () => {
  it('is stopped at its limit, which is cut to the byte and told', async () => {
    const began = residentBytes(server.pid)
    let view = await client.show(
      (await client.submit({ language: 'python', source: digits, limits: { outputBytes: MiB } })).id,
    )
    const peak = await peakWhile(async () => {
      view = await client.ended(view.id)
    })
    expect(view).toMatchObject({
      ...{ state: 'failed', cause: 'output_limit', truncated: { stdout: true, stderr: false } },
      ...{ outputBytes: { stdout: MiB, stderr: 0 } },
      exceeded: { limit: 'outputBytes', value: MiB, setting: 'limits.outputBytes' },
    })
    const kept = await client.output(view.id)
    expect(kept.equals(Buffer.from(`${'0123456789'.repeat(10)}\n`.repeat(11_000)).subarray(0, MiB))).toBe(true)
    expect(peak - began).toBeLessThan(MOST_GROWTH)
  })

  it('is kept whole where its limit allows it, and the memory of the server stays bounded', async () => {
    const began = residentBytes(server.pid)
    const { id } = await client.submit({
      language: 'python',
      source: digits,
      limits: { outputBytes: 256 * MiB, wallMs: 300_000, cpuMs: 300_000 },
    })
    const peak = await peakWhile(() => client.ended(id))
    expect(await client.show(id)).toMatchObject({
      state: 'succeeded',
      outputBytes: { stdout: LENGTH },
      truncated: { stdout: false },
    })
    expect(peak - began).toBeLessThan(MOST_GROWTH)
    const tail = await client.output(id, 'stdout', { Range: 'bytes=-203' })
    expect(tail.toString()).toBe(`\n${`${'0123456789'.repeat(10)}\n`.repeat(2)}`)
  })

  it('slows nobody and fills no memory while somebody follows it slowly, who loses nothing', async () => {
    const began = residentBytes(server.pid)
    const limits = { outputBytes: 256 * MiB, wallMs: 300_000, cpuMs: 300_000 }
    const { id } = await client.submit({ language: 'python', source: digits, limits })
    const slow = followSlowly(`${server.url}/api/v1/executions/${id}/stream`)
    const peak = await peakWhile(() => client.ended(id))
    expect(await client.show(id)).toMatchObject({ state: 'succeeded', outputBytes: { stdout: LENGTH } })
    await eventually(() => expect(slow.lastId()).not.toBeNull())
    const { lastId, bytes } = slow.stop()
    expect(bytes).toBeGreaterThan(0)
    expect(bytes).toBeLessThan(LENGTH / 2)
    expect(peak - began).toBeLessThan(MOST_GROWTH)
    const rest = await readStream(`${server.url}/api/v1/executions/${id}/stream`, lastId, { bytes: 3 * MiB })
    expect(bytesIn(rest.events, 'stdout', Number(rest.events[0]!.data.offset)).length).toBeGreaterThan(MiB)
  })
})

/** Reads a little every now and then, as a browser on a bad connection would. */
const followSlowly = (address: string) => {
  let text = ''
  const req = request(address, { agent: false }, (res) => {
    res.pause()
    const look = setInterval(() => {
      text += res.read(16_384)?.toString('latin1') ?? res.read()?.toString('latin1') ?? ''
    }, 50)
    res.on('close', () => clearInterval(look))
  })
  req.on('error', () => {})
  req.end()
  // Of an output event: what comes after it is output again.
  const lastId = () => {
    const whole = text.slice(0, Math.max(0, text.lastIndexOf('\n\n'))).split('\n\n')
    return /^id: (.+)$/m.exec(whole.findLast((event) => event.includes('event: output')) ?? '')?.[1] ?? null
  }
  const stop = () => {
    req.destroy()
    return { bytes: text.length, lastId: lastId() }
  }
  return { stop, lastId }
}

describe('output without mercy', () => {
  it('of one endless line is cut at its limit', async () => {
    const source = 'import sys\nwhile True: sys.stdout.write("z" * 1000000)'
    const began = residentBytes(server.pid)
    const limits = { outputBytes: 50 * MiB, wallMs: 300_000, cpuMs: 300_000 }
    const { id } = await client.submit({ language: 'python', source, limits })
    const peak = await peakWhile(() => client.ended(id))
    const view = await client.show(id)
    expect(view).toMatchObject({ cause: 'output_limit', outputBytes: { stdout: 50 * MiB }, stdout: 'z'.repeat(65_536) })
    expect(peak - began).toBeLessThan(MOST_GROWTH)
    expect((await client.output(id, 'stdout', { Range: 'bytes=-9' })).toString()).toBe('z'.repeat(9))
  })

  it('of random bytes is exact, in the file and in the stream', async () => {
    const source =
      'import random, sys, hashlib\nb = random.randbytes(2000000)\nsys.stdout.buffer.write(b)\nsys.stderr.write(hashlib.sha256(b).hexdigest())'
    const { id } = await client.submit({ language: 'python', source, limits: { outputBytes: 4 * MiB } })
    const { events } = await readStream(`${server.url}/api/v1/executions/${id}/stream`)
    const kept = await client.output(id)
    expect(kept.length).toBe(2_000_000)
    const { stderr } = await client.show(id)
    expect(createHash('sha256').update(kept).digest('hex')).toBe(stderr)
    expect(bytesIn(events).equals(kept)).toBe(true)
  })

  it('on both streams shares one limit', async () => {
    const source = 'import sys\nwhile True:\n  sys.stdout.write("o" * 1000); sys.stderr.write("e" * 1000)'
    const { outputBytes, cause } = await client.run({ language: 'python', source, limits: { outputBytes: 300_000 } })
    expect({ cause, sum: outputBytes.stdout + outputBytes.stderr }).toEqual({ cause: 'output_limit', sum: 300_000 })
    expect(Math.min(outputBytes.stdout, outputBytes.stderr)).toBeGreaterThan(0)
  })

  it('in a thousand tiny pieces is whole and in order', async () => {
    const source = 'import sys\nfor i in range(3000): print(i, flush=True)'
    const { stdout } = await client.run({ language: 'python', source })
    expect(stdout).toBe(Array.from({ length: 3000 }, (_, i) => `${i}\n`).join(''))
  })

  it('of terminal codes, NUL and carriage returns comes as it is', async () => {
    const { stdout } = await client.run({
      language: 'bash',
      source: "printf '\\033[31mred\\033[0m\\0\\r\\n\\a\\b\\u200b'",
    })
    expect(stdout).toBe('\u001b[31mred\u001b[0m\0\r\n\u0007\b\u200b')
  })
})
