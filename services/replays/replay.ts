import { v7 } from 'uuid'
import { shortOf } from '../../mixins/store/short-id.ts'
import { isReplayed, placeOf, replayed } from '../../mixins/topics/replay.ts'
import type { Extent, Message, NewMessage } from '../../mixins/topics/topics.ts'
import type { ReplayView, Selection } from './replays.contract.ts'
import { ReplayOver } from './replays.errors.ts'

export type Range = ReplayView['ranges'][number]
export type Replay = ReplayView & { rev: number; short: string }

type Fault = { field: string; message: string }

/** Everything that is wrong with a selection; empty when it can be read. */
export const faults = (select: Selection, topics: readonly string[]): Fault[] => {
  const { topic, partition, from, to } = select
  const found: Fault[] = []
  const add = (field: string, message: string) => found.push({ field, message: `${field}: ${message}` })
  if (!topics.includes(topic))
    add('topic', `there is no topic ${JSON.stringify(topic)}; there are ${topics.join(', ')}.`)
  if (partition === undefined && from !== undefined) add('from', 'an offset belongs to a partition; name it too.')
  if (partition === undefined && to !== undefined) add('to', 'an offset belongs to a partition; name it too.')
  if (from !== undefined && to !== undefined && to <= from) add('to', 'ends before it begins.')
  for (const field of ['since', 'until'] as const)
    if (select[field] !== undefined && Number.isNaN(Date.parse(select[field])))
      add(field, `${JSON.stringify(select[field].slice(0, 64))} is not a time (ISO 8601).`)
  return found
}

/** The offsets that a selection means, of what is there now: what comes later, replays among it, is no part of it. */
export const rangesOf = (
  { partition, from = 0, to = Number.POSITIVE_INFINITY }: Selection,
  extents: Extent[],
): Range[] =>
  extents
    .filter((extent) => partition === undefined || extent.partition === partition)
    .map((extent) => ({
      partition: extent.partition,
      next: Math.max(from, extent.first),
      end: Math.min(to, extent.next),
    }))
    .filter(({ next, end }) => next < end)

/** Whether a selection means this message, of the offsets that it means. */
export const selects = ({ since, until, types, key }: Selection, message: Message): boolean =>
  !isReplayed(message) &&
  (types === undefined || types.includes(message.type)) &&
  (key === undefined || key === message.key) &&
  (since === undefined || message.at >= Date.parse(since)) &&
  (until === undefined || message.at < Date.parse(until))

type Order = Pick<Replay, 'group' | 'by' | 'reason' | 'ratePerSecond' | 'select'>

export const begun = (order: Order, ranges: Range[], now: number): Replay => {
  const id = v7()
  const createdAt = new Date(now).toISOString()
  const replay: Replay = {
    ...order,
    id,
    rev: 0,
    short: shortOf(id),
    state: 'running',
    createdAt,
    finishedAt: null,
    ranges,
    sent: 0,
  }
  return ranges.length === 0 ? over(replay, 'done', now) : replay
}

const over = (replay: Replay, state: 'done' | 'cancelled', now: number): Replay => ({
  ...replay,
  state,
  finishedAt: new Date(now).toISOString(),
})

/** The message as it goes out again. */
export const again = ({ group, by, reason }: Replay, message: Message): NewMessage =>
  replayed(message, { of: placeOf(message), group, by, reason })

/** So far has a partition come; the replay is done with its last one. */
export const advanced = (replay: Replay, partition: number, next: number, sent: number, now: number): Replay => {
  const ranges = replay.ranges
    .map((range) => (range.partition === partition ? { ...range, next } : range))
    .filter((range) => range.next < range.end)
  const further = { ...replay, ranges, sent: replay.sent + sent }
  return ranges.length === 0 ? over(further, 'done', now) : further
}

export const cancelled = (replay: Replay, now: number): Replay => {
  if (replay.state !== 'running') throw new ReplayOver(replay.id, replay.state)
  return over(replay, 'cancelled', now)
}
