import type { Decision } from '../../mixins/store/decision.ts'
import { accept, acceptStarted, acceptWithSlot } from './acceptance.ts'
import { NOW, plan, queued, report } from './execution.sample.ts'
import {
  cancel,
  type Execution,
  finish,
  handBack,
  lose,
  mustHaveEnded,
  nodeOf,
  type Report,
  remove,
  schedule,
  start,
} from './execution.ts'

const by = { attempt: 1, node: 'n1', delivery: 1 }
const refusal = (type: string) => expect.objectContaining({ type, code: 409, retryable: false })

/** Decides as the store does: upon the state with the revision that the change will have. */
const decided = (state: Execution, rule: (next: Execution) => Decision<Execution> | null) => {
  const decision = rule({ ...state, rev: state.rev + 1 })
  if (!decision) throw new TypeError('Nothing was decided.')
  return decision
}
const scheduled = (state = queued()) => decided(state, (next) => schedule(plan, next, NOW + 1)).state
const running = (state = queued()) => decided(scheduled(state), (next) => start(plan, next, by, NOW + 2)).state
const ended = (change: Partial<Report> = {}, state = running()) =>
  decided(state, (next) => finish(plan, next, report(change), NOW + 3)).state

const told = ({ facts }: Decision<Execution>) => facts.map(({ contract, payload }) => [contract.name, payload.rev])
const hops = ({ timeline }: Execution) => timeline.map(({ event, attempt }) => `${event} ${attempt}`)

describe('a run', () => {
  it('whose lease was lost gets another attempt only where its policy allows one', () => {
    const lost = { attempt: 1, lost: true }
    const allowed = decided(running(queued({ retries: 1 })), (next) => handBack(plan, next, lost, NOW)).state
    expect(allowed).toMatchObject({ state: 'queued', attempt: 2, retries: 0 })
    const { state } = decided(running(), (next) => handBack(plan, next, lost, NOW))
    expect(state).toMatchObject({ state: 'failed', cause: 'infrastructure', attempt: 1 })
    expect(() => handBack(plan, allowed, lost, NOW)).toThrow(refusal('STALE_ATTEMPT'))
  })

  it('waits in the first step of its life when it is accepted', () => {
    const { dedupe, id, user } = queued()
    const state = queued()
    expect(state).toMatchObject({ state: 'queued', attempt: 1, rev: 1, short: id.slice(-8), cause: null, user, dedupe })
    expect(state.saga).toEqual({ step: 'reserve', direction: 'forward', due: NOW + 15_000, tries: 0 })
    expect(told(accept(plan, state, NOW))).toEqual([['executions.queued', 1]])
  })

  it('that has its slot already is accepted and scheduled in one, as if one had come after the other', () => {
    const decision = acceptWithSlot(plan, queued(), NOW + 1)
    const { state, facts } = decided(accept(plan, queued(), NOW + 1).state, (next) => schedule(plan, next, NOW + 1))
    expect(decision.state).toEqual(state)
    expect(hops(decision.state)).toEqual(['queued 1', 'scheduled 1'])
    expect(told(decision)).toEqual([['executions.queued', 1], ...told({ state, facts })])
  })

  it('that a worker is kept for is accepted, scheduled and started in one, as if one had come after the other', () => {
    const decision = acceptStarted(plan, queued(), 'n1', NOW + 1)
    const { state, facts } = decided(acceptWithSlot(plan, queued(), NOW + 1).state, (next) =>
      start(plan, next, { attempt: 1, node: 'n1', delivery: 1 }, NOW + 1),
    )
    expect(decision.state).toEqual(state)
    expect(hops(decision.state)).toEqual(['queued 1', 'scheduled 1', 'running 1'])
    expect(told(decision)).toEqual([['executions.queued', 1], ['executions.scheduled', 2], ...told({ state, facts })])
  })

  it('is scheduled once, and stays what it is when it no longer waits', () => {
    const decision = decided(queued(), (next) => schedule(plan, next, NOW))
    expect(decision.state).toMatchObject({ state: 'scheduled', rev: 2, saga: { step: 'start' } })
    expect(told(decision)).toEqual([['executions.scheduled', 2]])
    for (const state of [scheduled(), running(), ended()]) expect(schedule(plan, state, NOW)).toBeNull()
  })

  it('starts on the worker that takes its present attempt', () => {
    const decision = decided(scheduled(), (next) => start(plan, next, by, NOW + 2))
    expect(decision.state).toMatchObject({ state: 'running', startedAt: new Date(NOW + 2).toISOString() })
    expect(decision.state.saga).toMatchObject({ step: 'observe', due: NOW + 2 + 10_000 + 240_000 })
    expect(decision.facts[0]?.payload).toMatchObject({ rev: 3, node: 'n1', state: 'running' })
    expect(nodeOf(decision.state)).toBe('n1')
  })

  it('is not started while it waits, when it has ended, or for another attempt', () => {
    for (const state of [queued(), ended()]) expect(() => start(plan, state, by, NOW)).toThrow(refusal('NOT_RUNNABLE'))
    expect(() => start(plan, scheduled(), { ...by, attempt: 2 }, NOW)).toThrow(refusal('NOT_RUNNABLE'))
    expect(() => start(plan, running(), { ...by, node: 'other' }, NOW)).toThrow(refusal('NOT_RUNNABLE'))
  })

  it('is told again to the worker that has not heard the answer, and changes nothing', () => {
    expect(start(plan, running(), by, NOW)).toBeNull()
    const second = { ...by, node: 'other', delivery: 2 }
    const taken = decided(scheduled(), (next) => start(plan, next, second, NOW)).state
    expect(start(plan, taken, second, NOW)).toBeNull()
  })

  it.each([
    ['exit', 0, 'succeeded'],
    ['exit', 3, 'failed'],
    ['signal', null, 'failed'],
    ['oom', null, 'failed'],
    ['compile', 1, 'failed'],
    ['output_limit', null, 'failed'],
    ['disk_limit', 1, 'failed'],
    ['process_limit', 1, 'failed'],
    ['wall_timeout', null, 'timed_out'],
    ['cpu_timeout', null, 'timed_out'],
    ['cancelled', null, 'cancelled'],
    ['infrastructure', null, 'failed'],
  ] as const)('that ends by %s with exit code %s is %s', (cause, exitCode, state) => {
    const decision = decided(running(), (next) => finish(plan, next, report({ cause, exitCode }), NOW + 3))
    expect(decision.state).toMatchObject({ state, cause, exitCode, stdinClosed: true, saga: { step: 'release' } })
    expect(decision.state.finishedAt).toBe(new Date(NOW + 3).toISOString())
    expect(decision.facts[0]?.payload).toMatchObject({ state, cause, exitCode, wallMs: 12, rev: 4 })
  })

  it('tells every hop with the node that it happened on', () => {
    expect(ended().timeline.map(({ event, node }) => [event, node])).toEqual([
      ['queued', null],
      ['scheduled', null],
      ['running', 'n1'],
      ['succeeded', 'n1'],
    ])
  })

  it('ends once: the same report again changes nothing', () => {
    expect(finish(plan, ended(), report(), NOW)).toBeNull()
    expect(finish(plan, ended(), report({ cause: 'oom', exitCode: null }), NOW)).toBeNull()
  })

  it('refuses the report of an attempt that is not the current one', () => {
    expect(() => finish(plan, running(), report({ attempt: 2 }), NOW)).toThrow(refusal('STALE_ATTEMPT'))
    expect(() => finish(plan, scheduled(), report(), NOW)).toThrow(refusal('STALE_ATTEMPT'))
    expect(() => finish(plan, ended(), report({ attempt: 2 }), NOW)).toThrow(refusal('STALE_ATTEMPT'))
  })
})

describe('a run whose worker is lost', () => {
  const again = { ...by, delivery: 2, node: 'n2' }

  it('fails with cause infrastructure when no retry is left', () => {
    const { state, facts } = decided(running(), (next) => start(plan, next, again, NOW))
    expect(state).toMatchObject({ state: 'failed', cause: 'infrastructure', attempt: 1, saga: { step: 'release' } })
    expect(state.message).toMatch(/^Greenroom failed, not the program: The worker that ran it was lost\./)
    expect(facts.map(({ contract }) => contract.name)).toEqual(['executions.ended'])
  })

  it('waits again as another attempt while retries are left', () => {
    const { state, facts } = decided(running(queued({ retries: 1 })), (next) => start(plan, next, again, NOW))
    expect(state).toMatchObject({ state: 'queued', attempt: 2, retries: 0, startedAt: null, saga: { step: 'reserve' } })
    expect(facts.map(({ contract, payload }) => [contract.name, payload.attempt])).toEqual([['executions.queued', 2]])
    expect(hops(state)).toEqual(['queued 1', 'scheduled 1', 'running 1', 'attempt 1 lost 1', 'queued 2'])
    expect(() => finish(plan, state, report(), NOW)).toThrow(refusal('STALE_ATTEMPT'))
  })

  it('is cancelled when that was asked for', () => {
    const asked = decided(running(queued({ retries: 1 })), (next) => cancel(plan, next, NOW)).state
    expect(decided(asked, (next) => lose(plan, next, 'Gone.', NOW)).state).toMatchObject({ state: 'cancelled' })
  })

  it('is retried when the worker itself reports that Greenroom failed', () => {
    const failed = report({ cause: 'infrastructure', exitCode: null, message: 'No sandbox.' })
    const { state } = decided(running(queued({ retries: 1 })), (next) => finish(plan, next, failed, NOW))
    expect(state).toMatchObject({ state: 'queued', attempt: 2, retries: 0 })
  })
})

describe('a run that is handed back', () => {
  it('waits again as another attempt, whatever its policy', () => {
    const { state } = decided(running(), (next) => handBack(plan, next, { attempt: 1 }, NOW))
    expect(state).toMatchObject({ state: 'queued', attempt: 2, retries: 0, saga: { step: 'reserve' } })
    expect(hops(state).slice(3)).toEqual(['handed back 1', 'queued 2'])
  })

  it('is refused from a worker that does not hold it', () => {
    for (const state of [queued(), scheduled(), ended()])
      expect(() => handBack(plan, state, { attempt: 1 }, NOW)).toThrow(refusal('STALE_ATTEMPT'))
    expect(() => handBack(plan, running(), { attempt: 2 }, NOW)).toThrow(refusal('STALE_ATTEMPT'))
  })

  it('ends when its cancellation was asked for, and does not start again', () => {
    const asked = decided(running(), (next) => cancel(plan, next, NOW)).state
    const { state } = decided(asked, (next) => handBack(plan, next, { attempt: 1 }, NOW))
    expect(state).toMatchObject({ state: 'cancelled', cause: 'cancelled', attempt: 1, saga: { step: 'release' } })
  })
})

describe('cancelling', () => {
  it('ends a run that waits or is scheduled, and gives back what its steps took', () => {
    for (const [state, step] of [[queued(), 'reserve'] as const, [scheduled(), 'start'] as const]) {
      const decision = decided(state, (next) => cancel(plan, next, NOW))
      expect(decision.state).toMatchObject({ state: 'cancelled', cause: 'cancelled', startedAt: null })
      expect(decision.state.saga).toMatchObject({ step, direction: 'back' })
      expect(decision.facts.map(({ contract }) => contract.name)).toEqual(['executions.ended'])
    }
  })

  it('asks the worker of a running one, once, and takes whatever end it reports as cancelled', () => {
    const { state, facts } = decided(running(), (next) => cancel(plan, next, NOW))
    expect(state).toMatchObject({ state: 'running', cancelRequested: true })
    expect(facts).toEqual([])
    expect(cancel(plan, state, NOW)).toBeNull()
    const exceeded = { limit: 'wallMs', value: 1, observed: 2, setting: 'limits.wallMs' } as const
    const over = ended({ cause: 'wall_timeout', exitCode: null, exceeded }, state)
    expect(over).toMatchObject({ state: 'cancelled', cause: 'cancelled', exceeded: null, message: 'Cancelled.' })
  })

  it('is refused with the state of a run that has ended', () => {
    const ofEnded = expect.objectContaining({
      type: 'EXECUTION_ENDED',
      data: expect.objectContaining({ state: 'failed' }),
    })
    expect(() => cancel(plan, ended({ exitCode: 3 }), NOW)).toThrow(ofEnded)
  })
})

describe('deleting', () => {
  it('takes only what has ended', () => {
    expect(remove(ended(), NOW).map(({ contract }) => contract.name)).toEqual(['executions.deleted'])
    for (const state of [queued(), scheduled(), running()]) {
      expect(() => remove(state, NOW)).toThrow(refusal('EXECUTION_NOT_ENDED'))
      expect(() => mustHaveEnded(state)).toThrow(refusal('EXECUTION_NOT_ENDED'))
    }
  })
})
