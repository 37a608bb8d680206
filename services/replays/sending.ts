import { setTimeout as pause } from 'node:timers/promises'
import type { Service } from 'moleculer'
import { backendsOf } from '../../mixins/backends.ts'
import type { Store } from '../../mixins/store/store.mixin.ts'
import type { Topics } from '../../mixins/topics/topics.ts'
import { advanced, again, type Range, type Replay, selects } from './replay.ts'
import type { Selection } from './replays.contract.ts'

const BATCH = 100
const LOOK = 10_000
const SHOWN = 10

type Self = Service & Store<Replay>

/** Sends what is left of a replay, a batch at a time; what a crash repeats has the same ids. */
export const sendAll = async (self: Self, id: string, lost: AbortSignal): Promise<void> => {
  for (let replay = await self.find(id); replay.state === 'running' && !lost.aborted; ) {
    const sent = replay.sent
    replay = await sendSome(self, replay)
    const restMs = ((replay.sent - sent) * 1000) / replay.ratePerSecond
    if (restMs > 0) await pause(restMs, undefined, { signal: lost, ref: false }).catch(() => undefined)
  }
}

const sendSome = async (self: Self, replay: Replay): Promise<Replay> => {
  const { topics } = backendsOf(self.broker)
  const { select, ratePerSecond } = replay
  const range = replay.ranges[0]!
  const batch = await read(topics, select.topic, range, BATCH)
  const selected = batch.filter((message) => selects(select, message))
  const chosen = selected.slice(0, ratePerSecond)
  await topics.append(
    select.topic,
    chosen.map((message) => again(replay, message)),
  )
  // What is too much for now is read again; what was not chosen is passed over.
  const last = chosen.length < selected.length ? chosen.at(-1) : batch.at(-1)
  // Nothing where something was: it was forgotten meanwhile.
  const next = (last?.offset ?? range.end - 1) + 1
  return self.change(replay.id, (state) =>
    state.state === 'running'
      ? { state: advanced(state, range.partition, next, chosen.length, Date.now()), facts: [] }
      : null,
  )
}

const read = async (topics: Topics, topic: string, { partition, next, end }: Range, max: number) =>
  (await topics.read(topic, partition, next, Math.min(max, end - next))).filter(({ offset }) => offset < end)

/** What a selection would send, as far as can be seen at once. */
export const preview = async (topics: Topics, select: Selection, ranges: Range[]) => {
  const seen = { matched: 0, looked: 0, complete: true, types: {} as Record<string, number> }
  const first: { id: string; type: string; key: string; partition: number; offset: number; at: string }[] = []
  for (let range of ranges) {
    while (range.next < range.end) {
      if (seen.looked >= LOOK) return { ...seen, complete: false, first }
      const batch = await read(topics, select.topic, range, BATCH)
      seen.looked += batch.length
      for (const message of batch.filter((one) => selects(select, one))) {
        seen.matched++
        seen.types[message.type] = (seen.types[message.type] ?? 0) + 1
        const { id, type, key, partition, offset, at } = message
        if (first.length < SHOWN) first.push({ id, type, key, partition, offset, at: new Date(at).toISOString() })
      }
      range = { ...range, next: (batch.at(-1)?.offset ?? range.end - 1) + 1 }
    }
  }
  return { ...seen, first }
}
