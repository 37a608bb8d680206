import type { Middleware } from 'moleculer'

type Next = (ctx: { params: unknown; meta: unknown }) => Promise<unknown>

const wire = <T>(value: T): T => (value === undefined ? value : JSON.parse(JSON.stringify(value)))

/**
 * Passes what local calls take and answer through JSON, as a call to another node would: no shared references, no
 * Dates, Buffers or undefined, so that what works in one process works in many.
 */
export const wireFidelity = {
  name: 'WireFidelity',
  localAction(next: Next, action: { name: string; visibility?: string }) {
    if (action.name.startsWith('$') || action.visibility === 'private') return next
    return async (ctx: { params: unknown; meta: unknown }) => {
      ctx.params = wire(ctx.params)
      ctx.meta = wire(ctx.meta)
      return wire(await next(ctx))
    }
  },
} as unknown as Middleware
