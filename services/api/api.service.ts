import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Service, ServiceSchema } from 'moleculer'
import ApiGateway from 'moleculer-web'
import { backendsOf } from '../../mixins/backends.ts'
import type { Caller } from '../../mixins/contract/actor.ts'
import { traceIn } from '../../mixins/contract/trace.ts'
import { on, topics } from '../../mixins/topics/topics.mixin.ts'
import { ExecutionEnded, ExecutionQueued } from '../executions/executions.events.ts'
import { cannotListen } from './listening.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { sendProblem } from './problem.ts'
import { routes } from './routes.ts'
import { endAll, type OpenStreams } from './stream.ts'
import { answerUnreadable } from './unreadable.ts'

type Own = { metrics: Metrics; open: OpenStreams; server: Server }
type Self = Service & Own & { addRoute(route: object): unknown }
type Call = { requestID?: string; tracking?: boolean; retries?: number; meta?: Caller }
type Routed = IncomingMessage & { $ctx?: { requestID?: string | null } }

// What is still open so long after a stop began is cut off.
const CLOSE_MS = 2000
const REQUEST_ID = /^[\w-]{8,64}$/

/** The doors of the system: REST, server-sent events, the page. No business: every change is an action of its owner. */
export default {
  name: 'api',
  mixins: [ApiGateway, topics()],

  settings: {
    logRequest: null,
    logResponse: null,
    logRouteRegistration: null,
    debounceTime: 20,
    requestTimeout: 60_000,

    rootCallOptions(options: Call, req: IncomingMessage) {
      if (!REQUEST_ID.test(options.requestID ?? '')) options.requestID = randomUUID()
      const trace = traceIn(req.headers.traceparent)
      if (trace !== null) options.meta = { ...options.meta, trace }
      // These last; a stopping node ends them itself instead of waiting for them.
      if (/\/stream\b|[?&]wait=/.test(req.url ?? '')) options.tracking = false
      // What can be repeated repeats itself; the whole request cannot, for its address is taken apart by then.
      options.retries = 0
      // The gateway would answer a question about a method by running what the method runs.
      if (req.method === 'OPTIONS') req.headers['access-control-request-method'] = 'OPTIONS'
    },

    onError(this: Self, req: Routed, res: ServerResponse, error: Error) {
      const problem = sendProblem(req, res, error, req.$ctx?.requestID ?? '')
      const { status, requestId } = problem
      if (status === 500) this.logger.error({ requestId, error: error?.stack ?? String(error) }, 'a request has failed')
    },
  },

  actions: {
    listAliases: false,
    addRoute: false,
    removeRoute: false,

    queued: on(ExecutionQueued, function (this: Self, ctx) {
      this.metrics.accepted.inc({ language: ctx.params.language })
    }),
    ended: on(ExecutionEnded, function (this: Self, ctx) {
      const { language, state, cause, wallMs } = ctx.params
      this.metrics.ended.inc({ language, state, cause })
      this.metrics.duration.observe({ language }, wallMs / 1000)
    }),
  },

  created(this: Self) {
    const { host, port } = backendsOf(this.broker).settings
    Object.assign(this.settings, { ip: host, port })
    this.metrics = createMetrics()
    this.open = new Set()
    // Before the gateway's own listener, which has no sentence for some of these and would wait for ever.
    this.server.prependListener('error', (error) => {
      const sentence = cannotListen(error, host, port)
      if (!sentence) return
      process.stderr.write(`Greenroom cannot start: ${sentence}\n`)
      process.exit(1)
    })
    answerUnreadable(this.server)
    for (const route of routes(this)) this.addRoute(route)
  },

  stopped(this: Self) {
    endAll(this.open, this)
    setTimeout(() => this.server.closeAllConnections(), CLOSE_MS).unref()
  },
} as unknown as ServiceSchema
