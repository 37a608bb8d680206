import { expect } from '@jest/globals'
import type { KafkaRecord } from '../../mixins/topics/kafka-record.ts'
import { eventually } from '../eventually.ts'
import type { Client, Page } from '../system/client.ts'
import { recordsIn } from './kafka-log.ts'

const TOPIC = 'executions.events'
const PATIENCE_MS = 120_000
const SHOWN = 20
const ENDED = 'executions.ended'

/** A fact as it lies in its topic. */
export type Fact = {
  id: string
  type: string
  key: string
  rev: number
  attempt: number
  state: string
  cause?: string
}
type Run = Page['items'][number]

/** All facts about runs that lie in their topic now, in order per run. */
export const factsIn = async (url: string): Promise<Fact[]> => (await recordsIn(url, TOPIC)).map(factOf)

const factOf = ({ key, value, headers = {} }: KafkaRecord): Fact => {
  const { rev, attempt, state, cause } = JSON.parse(String(value))
  return { id: String(headers.id), type: String(headers.type), key: String(key), rev, attempt, state, cause }
}

/** Facts as whoever drops repetitions sees them: a repeated one counts where it came first. */
export const withoutRepetitions = (facts: readonly Fact[]): Fact[] => {
  const seen = new Set<string>()
  return facts.filter(({ id }) => !seen.has(id) && seen.add(id))
}

/** Every run that the API tells of. */
export const everyRun = async (client: Client): Promise<Run[]> => {
  const runs: Run[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { body: Page } = await client.get<Page>(`/executions?limit=200${cursor && `&cursor=${cursor}`}`)
    runs.push(...page.body.items)
    cursor = page.body.next
  }
  return runs
}

/** What the log and the API say of the runs that cannot both be true, or should not be. */
export const contradictions = (facts: readonly Fact[], runs: readonly Run[]): string[] => {
  const told = Map.groupBy(withoutRepetitions(facts), ({ key }) => key)
  const known = new Set(runs.map(({ id }) => id))
  const unknown = [...told.keys()].filter((id) => !known.has(id)).map((id) => `${id} is in the log only`)
  return [
    ...unknown,
    ...runs.flatMap((run) => faultsOf(run, told.get(run.id) ?? []).map((fault) => `${run.id} ${fault}`)),
  ]
}

const faultsOf = ({ state, cause, attempt }: Run, facts: Fact[]): string[] => {
  const ends = facts.filter(({ type }) => type === ENDED)
  const begun = facts.filter(({ type }) => type === 'executions.started').map((fact) => fact.attempt)
  const last = ends.at(-1)
  const isAgreed = last?.state === state && last.cause === cause && last.attempt === attempt
  return [
    ...(facts[0]?.type === 'executions.queued' ? [] : ['does not begin with its acceptance']),
    ...(ascends(facts.map(({ rev }) => rev)) ? [] : ['is out of order']),
    ...(ascends(begun) ? [] : [`began the attempts ${begun}`]),
    ...(ends.length === 1 && facts.at(-1) === last ? [] : [`has ${ends.length} ends`]),
    ...(isAgreed ? [] : [`is ${state} for ${cause} in attempt ${attempt}, but the log has ${JSON.stringify(last)}`]),
  ]
}

const ascends = (numbers: number[]) => numbers.every((number, n) => n === 0 || number > numbers[n - 1]!)

/**
 * Asks nobody but the API and the log: every run that was accepted is in both, ended in both, once, the same way, by the
 * last attempt that began; all else that is in one of them is in the other. Facts may still be on their way.
 */
export const mustBeToldInTheLog = async (client: Client, url: string, accepted: readonly { id: string }[]) => {
  let facts: Fact[] = []
  await eventually(async () => {
    facts = await factsIn(url)
    const runs = await everyRun(client)
    const known = new Set(runs.map(({ id }) => id))
    expect(accepted.filter(({ id }) => !known.has(id))).toEqual([])
    const found = contradictions(facts, runs)
    expect({ count: found.length, first: found.slice(0, SHOWN) }).toEqual({ count: 0, first: [] })
  }, PATIENCE_MS)
  return facts
}
