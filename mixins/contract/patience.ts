import { setTimeout as pause } from 'node:timers/promises'
import type { CallingOptions, Context, Middleware, ServiceBroker } from 'moleculer'
import { type Action, call } from './contract.ts'

type Patience = {
  /** How long the actor may be away in all. */
  forMs: number
  /** How long one try may take. */
  tryMs: number
  /** Which errors say that nothing was done, so that asking again is no second time. */
  absent: readonly string[]
}

const PAUSE_MS = 50

/** Errors of a call that has reached nobody. */
export const NOT_SENT = ['SERVICE_NOT_FOUND', 'SERVICE_NOT_AVAILABLE', 'BAD_GATEWAY', 'BROKER_DISCONNECTED'] as const
/** Errors of a call that may have reached somebody who died, or was too slow. */
export const UNANSWERED = ['REQUEST_TIMEOUT', 'REQUEST_REJECTED'] as const

/**
 * Calls an actor that may be on its way from one node to another: asks again, for a bounded time, while nobody is there
 * to answer. What it refuses is thrown at once.
 */
export const callWhenThere = async <P, R>(
  via: ServiceBroker | Context,
  action: Action<P, R>,
  params: NoInfer<P>,
  { forMs, tryMs, absent }: Patience,
): Promise<R> => {
  for (const until = Date.now() + forMs; ; await pause(PAUSE_MS)) {
    try {
      return await call(via, action, params, { timeout: tryMs, retries: 0 })
    } catch (error) {
      if (!absent.includes((error as { type?: string }).type ?? '') || Date.now() > until) throw error
    }
  }
}

type Call = (name: string, params?: unknown, options?: CallingOptions) => Promise<unknown>

const AWAY_MS = 10_000
const AWAY: readonly string[] = ['SERVICE_NOT_FOUND', 'SERVICE_NOT_AVAILABLE']

/**
 * Lets every call wait, for a bounded time, for an actor whose last process has left and whose next one is not there yet:
 * what is replaced refuses nobody. Not where the caller wants no repetition, and not while this node starts or stops.
 */
export const patience = (): Middleware => {
  let broker: ServiceBroker
  const isAwaited = (error: unknown, options: CallingOptions | undefined) =>
    broker.started && options?.retries !== 0 && AWAY.includes((error as { type?: string }).type ?? '')
  return {
    name: 'Patience',
    created(own: ServiceBroker) {
      broker = own
    },
    call: (next: Call): Call => {
      return async (name, params, options) => {
        for (const until = Date.now() + AWAY_MS; ; await pause(PAUSE_MS)) {
          try {
            return await next(name, params, options)
          } catch (error) {
            if (!isAwaited(error, options) || Date.now() > until) throw error
          }
        }
      }
    },
  } as unknown as Middleware
}
