import { expect } from '@jest/globals'
import { eventually } from '../eventually.ts'
import type { Client, Page } from '../system/client.ts'
import type { Accepted } from './nodes-load.ts'

const FINAL = ['succeeded', 'failed', 'timed_out', 'cancelled']

/**
 * What must hold of a run whatever has died: one final state, as the last thing that happened to it; its output whole
 * where it ended by itself, and otherwise a beginning of what it would have been.
 */
export const mustBeTruthful = async (client: Client, { id, retries, truth }: Accepted, patienceMs = 90_000) => {
  const view = await client.ended(id, patienceMs)
  const output = (await client.output(id)).toString()
  const ends = view.timeline.filter(({ event }) => FINAL.includes(event))
  expect({ id, ends }).toEqual({ id, ends: [view.timeline.at(-1)] })
  const { state, cause } = view
  if (cause === 'exit') expect({ id, state, output }).toEqual({ id, state: 'succeeded', output: truth })
  else {
    expect({ id, state, cause }).toEqual({ id, state: 'failed', cause: 'infrastructure' })
    expect(view.attempt).toBe(retries + 1)
    expect(truth.startsWith(output)).toBe(true)
  }
  return view
}

/** When nothing is left to do, nothing is held: no place in the line, and no slot. */
export const mustBeIdle = async (client: Client, patienceMs = 60_000) => {
  await eventually(async () => {
    const { body } = await client.get<Page>('/executions?state=queued,scheduled,running')
    expect(body.items.map(({ id, state, timeline }) => ({ id, state, timeline }))).toEqual([])
  }, patienceMs)
  await eventually(async () => {
    const { body } = await client.get<{ queue: object; workers: { busy: number }[] }>('//health')
    expect(body.queue).toMatchObject({ length: 0, running: 0 })
    expect(body.workers.map(({ busy }) => busy).filter((busy) => busy > 0)).toEqual([])
  }, patienceMs)
}

/** No message lies in the dead letters: nothing was refused that should have been handled. */
export const mustBuryNothing = async (client: Client) => {
  const { status, body } = await client.get<{ items: object[] }>('/dead-letters')
  expect({ status, items: body.items ?? [] }).toEqual({ status: 200, items: [] })
}
