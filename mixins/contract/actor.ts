import type { Context, Service, ServiceSchema } from 'moleculer'
import type { Action, Params, Payload, Result, SignalContract } from './contract.ts'

/** Who asks, and what came with the request besides its parameters. */
export type Caller = {
  /** The account on whose behalf the call is made; everybody is `local` until there are accounts. */
  user?: string
  idempotencyKey?: string
  /** What it is a part of, where the caller has said so: the 32 hexadecimal digits of a W3C trace. */
  trace?: string
}

type Answer<A> = Result<A> extends void ? unknown : Result<A> | Promise<Result<A>>

type Handlers<C, Self> = { [K in keyof C]: (this: Self, ctx: Context<Params<C[K]>, Caller>) => Answer<C[K]> }

type Hearing = Record<string, { handler(ctx: Context): unknown }>

type Behaviour<C, Own, Added> = {
  mixins?: Partial<ServiceSchema>[]
  /** State of the actor, made anew for every instance. */
  state?: (service: Service) => Own
  actions: Handlers<C, Service & Own & Added>
  /** Actions that only topics call, made with `on`. */
  subscriptions?: Record<string, object>
  signals?: Hearing
  started?: () => Promise<void> | void
  stopped?: () => Promise<void> | void
} & ThisType<Service & Own & Added>

/**
 * The Moleculer service that keeps a contract: every declared action has its handler, parameters and answers are typed
 * by the declaration, and unknown names do not compile.
 */
export const actor =
  <Added = unknown>() =>
  <C extends Record<string, Action<never, unknown>>, Own extends object>(
    name: string,
    contract: C,
    { state, actions, subscriptions, signals, ...rest }: Behaviour<C, Own, Added>,
  ): ServiceSchema => {
    const kept = Object.entries(contract).map(([key, { name: _, returns: __, about: ___, refuses: ____, ...spec }]) => [
      key,
      { ...spec, handler: actions[key as keyof C] },
    ])
    return {
      name,
      ...rest,
      actions: { ...Object.fromEntries(kept), ...subscriptions },
      ...(signals ? { events: signals } : {}),
      created(this: Service) {
        if (state) Object.assign(this, state(this))
      },
    } as unknown as ServiceSchema
  }

/** Hears a signal on every node that runs the actor. */
export const hear = <S extends SignalContract, Self = Service>(
  signal: S,
  handler: (this: Self, payload: Payload<S>) => unknown,
): Hearing => ({
  [signal.name]: {
    handler(this: Self, ctx: Context) {
      return handler.call(this, ctx.params as Payload<S>)
    },
  },
})
