import { job } from '../../mixins/contract/contract.ts'

/** Name of the queue that holds the work of the replays actor. */
export const REPLAYS_QUEUE = 'replays'

export const RunReplay = job({
  name: 'replays.run',
  about: 'Send what is left of a replay. The replay itself says how far it has come.',
  payload: { replayId: { type: 'string' } },
})
