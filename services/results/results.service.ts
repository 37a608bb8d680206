import type { Service } from 'moleculer'
import { backendsOf } from '../../mixins/backends.ts'
import { actor } from '../../mixins/contract/actor.ts'
import { call } from '../../mixins/contract/contract.ts'
import { on, topics } from '../../mixins/topics/topics.mixin.ts'
import { executions } from '../executions/executions.contract.ts'
import { ExecutionDeleted, ExecutionEnded } from '../executions/executions.events.ts'
import { artifactsKey, inputKey, outputKey } from '../executions/executions.streams.ts'
import { expire } from './expiry.ts'
import { normalise } from './outcome.ts'
import { results } from './results.contract.ts'

const SWEEP_MS = 60_000

type Own = { sweeper: NodeJS.Timeout | undefined }

const keysOf = (id: string, attempts: number) =>
  Array.from({ length: attempts }, (_, index) => [outputKey(id, index + 1), artifactsKey(id, index + 1)]).flat()

/** Turns what workers saw into results, and clears away what ended and deleted runs leave. */
export default actor()('results', results, {
  mixins: [topics()],

  state: (): Own => ({ sweeper: undefined }),

  actions: {
    record(ctx) {
      return call(ctx, executions.finish, normalise(ctx.params))
    },
  },

  subscriptions: {
    ended: on(ExecutionEnded, async function (this: Service, ctx) {
      const { executionId, attempt } = ctx.params
      const { streams } = backendsOf(this.broker)
      const last = [outputKey(executionId, attempt), artifactsKey(executionId, attempt)]
      await Promise.all([
        streams.remove(inputKey(executionId)),
        // What a worker that died has left; those that live have done it.
        ...last.map((key) => streams.settle(key)),
      ])
      for (const earlier of keysOf(executionId, attempt - 1)) await streams.remove(earlier)
    }),

    deleted: on(ExecutionDeleted, async function (this: Service, ctx) {
      const { executionId, attempt } = ctx.params
      const { streams } = backendsOf(this.broker)
      // Bytes may have been sent in while the run ended.
      await streams.remove(inputKey(executionId))
      for (const any of keysOf(executionId, attempt)) await streams.remove(any)
    }),
  },

  started() {
    const { retentionDays } = backendsOf(this.broker).settings
    const sweep = () =>
      expire(this.broker, retentionDays, Date.now()).catch((error) =>
        this.logger.warn({ error: String(error) }, 'no clean-up this time'),
      )
    this.sweeper = setInterval(sweep, SWEEP_MS)
  },

  stopped() {
    clearInterval(this.sweeper)
  },
})
