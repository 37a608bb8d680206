import { settle } from '../../mixins/saga/saga.ts'
import type { Decision } from '../../mixins/store/decision.ts'
import { type Random, seeded } from '../../test/random.ts'
import { NOW, plan, queued, report } from './execution.sample.ts'
import { CAUSES } from './execution.schema.ts'
import { cancel, type Execution, finish, handBack, isFinal, lose, schedule, start } from './execution.ts'

type Operation = (state: Execution, random: Random, now: number) => Decision<Execution> | null

const attemptNear = ({ attempt }: Execution, random: Random) => Math.max(1, attempt + random.pick([0, 0, 0, -1, 1]))

const operations: Operation[] = [
  (state, _, now) => schedule(plan, state, now),
  (state, random, now) => {
    const by = { attempt: attemptNear(state, random), node: random.pick(['a', 'b']), delivery: 1 + random.below(3) }
    return start(plan, state, by, now)
  },
  (state, random, now) => {
    const cause = random.pick(CAUSES)
    const exitCode = cause === 'exit' ? random.below(3) : null
    return finish(plan, state, report({ attempt: attemptNear(state, random), cause, exitCode }), now)
  },
  (state, random, now) => handBack(plan, state, { attempt: attemptNear(state, random), lost: random.chance(0.3) }, now),
  (state, random, now) => (random.chance(0.3) ? cancel(plan, state, now) : null),
  (state, random, now) => (state.state === 'running' && random.chance(0.3) ? lose(plan, state, 'Gone.', now) : null),
]

/** Refusals are answers; anything else that is thrown is a mistake of ours. */
const attempted = (decide: () => Decision<Execution> | null) => {
  try {
    return decide()
  } catch (error) {
    if ((error as { retryable?: boolean }).retryable === false) return null
    throw error
  }
}

const check = (before: Execution, { state, facts }: Decision<Execution>) => {
  expect(isFinal(before.state)).toBe(false)
  expect(state.attempt - before.attempt).toBe(before.state !== 'queued' && state.state === 'queued' ? 1 : 0)
  expect(state.timeline.slice(0, before.timeline.length)).toEqual(before.timeline)
  expect(state.timeline.length).toBeGreaterThan(before.timeline.length)
  expect(isFinal(state.state)).toBe(state.cause !== null && state.finishedAt !== null)
  expect(facts.length).toBeLessThanOrEqual(1)
  for (const { payload } of facts)
    expect(payload).toMatchObject({ rev: state.rev, state: state.state, attempt: state.attempt })
  if (state.state !== before.state) expect(facts).toHaveLength(1)
  if (state.cancelRequested) expect(['running', 'cancelled']).toContain(state.state)
}

/** Every step that is left settles, as the sweeper sees to; the slot is free when the saga rests. */
const rested = (state: Execution): boolean => {
  let saga = state.saga
  for (let steps = 0; saga.step !== null && steps < 10; steps++) saga = settle(plan, saga, state, NOW)
  return saga.step === null
}

const walk = (random: Random) => {
  let state = queued({ retries: random.below(3) })
  let ends = 0
  for (let step = 0; step < 40; step++) {
    const next = { ...state, rev: state.rev + 1 }
    const decision = attempted(() => random.pick(operations)(next, random, NOW + step))
    if (!decision) continue
    check(state, decision)
    ends += decision.facts.filter(({ contract }) => contract.name === 'executions.ended').length
    state = decision.state
  }
  expect(ends).toBe(isFinal(state.state) ? 1 : 0)
  if (isFinal(state.state)) expect(rested(state)).toBe(true)
  return isFinal(state.state)
}

describe('any sequence of operations', () => {
  it('gives a run at most one final state, told once, with facts of the revision they belong to', async () => {
    await seeded(async (random) => {
      let over = 0
      for (let run = 0; run < 200; run++) if (walk(random)) over++
      expect(over).toBeGreaterThan(100)
    })
  })
})
