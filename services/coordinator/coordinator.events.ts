import { signal } from '../../mixins/contract/contract.ts'

/** Whoever stands by may lead now. */
export const LeadVacated = signal({
  name: 'coordinator.lead-vacated',
  about: 'The coordinator that led has left; another takes its place.',
  payload: { node: { type: 'string' } },
})

/** Every worker reports at once, instead of when its turn comes. */
export const RollCalled = signal({
  name: 'coordinator.roll-called',
  about: 'A coordinator has begun to lead and asks which workers there are.',
  payload: { node: { type: 'string' } },
})
