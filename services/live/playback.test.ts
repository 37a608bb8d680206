import type { Chunk } from '../../mixins/streams/streams.ts'
import { type Cursor, format, parse, START } from './cursor.ts'
import { type LiveEvent, next, passed, told } from './playback.ts'

type Hop = Parameters<typeof passed>[1]
/** A run as it stands at some moment: its timeline and what each attempt has printed. */
type Run = { timeline: Hop[]; output: Record<number, Chunk[]> }

const hop = (event: string, attempt: number): Hop => ({ at: '2026-03-01T12:00:00.000Z', event, node: null, attempt })
const chunk = (attempt: number, seq: number): Chunk => {
  const bytes = Buffer.from(`${attempt}:${seq} `)
  return { seq, channel: seq % 3 === 0 ? 'stderr' : 'stdout', offset: (seq - 1) * bytes.length, bytes, at: 0 }
}
const chunks = (attempt: number, count: number) =>
  Array.from({ length: count }, (_, index) => chunk(attempt, index + 1))

/** Two attempts are lost or handed back, the third is cancelled while it prints. */
const run: Run = {
  timeline: [
    ...[hop('queued', 1), hop('scheduled', 1), hop('running', 1), hop('attempt 1 lost', 1)],
    ...[hop('queued', 2), hop('scheduled', 2), hop('running', 2), hop('handed back', 2)],
    ...[hop('queued', 3), hop('scheduled', 3), hop('running', 3), hop('cancelling', 3), hop('cancelled', 3)],
  ],
  output: { 1: chunks(1, 3), 2: [], 3: chunks(3, 4) },
}

/** Every moment of the run's history, as a watcher may come upon it. */
const moments = (): Run[] => {
  const all: Run[] = []
  const now: Run = { timeline: [], output: { 1: [], 2: [], 3: [] } }
  const record = () => all.push(structuredClone(now))
  for (const one of run.timeline) {
    now.timeline.push(one)
    record()
    if (one.event !== 'running') continue
    for (const piece of run.output[one.attempt] ?? []) {
      now.output[one.attempt]?.push(piece)
      record()
    }
  }
  return all
}

/** At most `most` events after the cursor, piece by piece, as the live actor collects them. */
const watch = ({ timeline, output }: Run, from: Cursor, most = Number.POSITIVE_INFINITY) => {
  const events: LiveEvent[] = []
  let cursor = from
  for (let step = next(timeline, cursor); step && events.length < most; step = next(timeline, cursor)) {
    const piece = 'outputOf' in step ? output[step.outputOf]?.find(({ seq }) => seq > cursor.seq) : undefined
    const reached = 'outputOf' in step ? step.before : step.hop
    if (!piece && !reached) break
    const seen = piece ? told(piece, cursor) : passed(timeline, reached!, cursor)
    events.push(seen.event)
    cursor = seen.cursor
  }
  return events
}

const whole = watch(run, START)
const words = (events: LiveEvent[]) => events.map(({ data }) => data.event ?? data.text)

describe('the playback of a run', () => {
  it('tells states and output in the order in which they belong', () => {
    expect(words(whole)).toEqual([
      ...['queued', 'scheduled', 'running', '1:1 ', '1:2 ', '1:3 ', 'attempt 1 lost'],
      ...['queued', 'scheduled', 'running', 'handed back'],
      ...['queued', 'scheduled', 'running', 'cancelling', '3:1 ', '3:2 ', '3:3 ', '3:4 ', 'cancelled'],
    ])
  })

  it('gives every event an id of its own', () => {
    expect(new Set(whole.map(({ id }) => id)).size).toBe(whole.length)
  })

  it('goes on after any event without losing or repeating one, over retried attempts too', () => {
    for (const [index, { id }] of whole.entries()) expect(watch(run, parse(id))).toEqual(whole.slice(index + 1))
    for (let most = 1; most < whole.length; most++) {
      const first = watch(run, START, most)
      expect([...first, ...watch(run, parse(first.at(-1)?.id))]).toEqual(whole)
    }
  })

  it('loses and repeats nothing, whenever a watcher comes, leaves and comes back', () => {
    const history = moments()
    for (const [index, early] of history.entries()) {
      for (const later of history.slice(index)) {
        const first = watch(early, START)
        const second = watch(later, parse(first.at(-1)?.id))
        const rest = watch(run, parse([...first, ...second].at(-1)?.id))
        const all = [...first, ...second, ...rest]
        expect(new Set(all.map(({ id, data }) => `${id} ${data.event ?? data.text}`)).size).toBe(all.length)
        expect(words(all).sort()).toEqual(words(whole).sort())
      }
    }
  })

  it('says with every hop in which state the run is', () => {
    const states = whole.filter(({ event }) => event === 'state').map(({ data }) => `${data.event}: ${data.state}`)
    expect(states[3]).toBe('attempt 1 lost: running')
    expect(states.at(-2)).toBe('cancelling: running')
    expect(states.at(-1)).toBe('cancelled: cancelled')
  })

  it('waits for output where an attempt runs, and for nothing when all was told', () => {
    const runs = { ...run, timeline: run.timeline.slice(0, 3) }
    const at = parse(watch(runs, START).at(-1)?.id)
    expect(format(at)).toBe('3.1.3')
    expect(next(runs.timeline, at)).toEqual({ outputOf: 1, before: null })
    expect(next(run.timeline, parse(whole.at(-1)?.id))).toBeNull()
  })

  it('tells bytes as text where they are UTF-8, exactly, and as base64 where they are not', () => {
    const data = (bytes: Uint8Array) => told({ ...chunk(1, 1), bytes }, START).event.data
    expect(data(Buffer.from('\ufeffhé\0\u001b[1m'))).toMatchObject({
      text: '\ufeffhé\0\u001b[1m',
      stream: 'stdout',
      offset: 0,
    })
    expect(data(Buffer.from([0xff, 0x00]))).toMatchObject({ base64: '/wA=' })
    expect(data(Buffer.from('é').subarray(0, 1))).toHaveProperty('base64')
  })
})
