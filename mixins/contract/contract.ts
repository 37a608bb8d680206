import type { CallingOptions, Context, ServiceBroker } from 'moleculer'
import type { Infer, InferProps, Schema } from './schema.ts'

/** Where HTTP opens a door into an action, and what it answers when all went well. */
export type Door = { readonly method: 'GET' | 'POST' | 'DELETE'; readonly path: string; readonly status: number }

export type ActionSpec = {
  /** One sentence for the API documentation. */
  readonly about: string
  readonly rest?: Door
  readonly params: Schema
  /** Shape of the answer; absent where there is none. */
  readonly returns?: Schema
  /** Error types (SCREAMING_CASE) that a caller must expect besides a refused parameter. */
  readonly refuses?: readonly string[]
  /** Given where asking twice does more than asking once: a call whose answer was lost is then not repeated unasked. */
  readonly retryPolicy?: { readonly enabled: false }
}

declare const PARAMS: unique symbol
declare const RESULT: unique symbol

/** A named thing that a caller may ask of an actor, typed by its own declaration. */
export type Action<P = unknown, R = unknown> = ActionSpec & {
  readonly name: string
  readonly [PARAMS]?: (params: P) => void
  readonly [RESULT]?: R
}

type ParamsOf<S> = S extends { params: infer P } ? InferProps<P> : never
// biome-ignore lint/suspicious/noConfusingVoidType: it becomes the return type of a call
type ResultOf<S> = S extends { returns: infer R } ? (R extends { $$root: true } ? Infer<R> : InferProps<R>) : void
export type Params<A> = A extends Action<infer P, unknown> ? P : never
export type Result<A> = A extends Action<never, infer R> ? R : never

/** The actions of one actor, declared once: REST aliases, checks, OpenAPI and types all come from this value. */
export const contract = <const N extends string, const S extends Record<string, ActionSpec>>(service: N, actions: S) =>
  Object.fromEntries(
    Object.entries(actions).map(([key, spec]) => [key, { ...spec, name: `${service}.${key}` }]),
  ) as unknown as { readonly [K in keyof S]: S[K] & Action<ParamsOf<S[K]>, ResultOf<S[K]>> }

type Caller = Pick<ServiceBroker, 'call'> | Pick<Context, 'call'>

/** Calls an action by its contract; refuses to compile when the parameters do not fit. */
export const call = <P, R>(
  via: Caller,
  action: Action<P, R>,
  params: NoInfer<P>,
  options?: CallingOptions,
): Promise<R> => (via as ServiceBroker).call<R, P>(action.name, params, options)

/** What a message on a durable topic says. */
export type TopicContract = {
  readonly name: string
  readonly topic: string
  readonly about: string
  readonly payload: Schema
}

// A topic belongs to one module, so that whoever knows one type of its messages knows all.
const declared = new Map<string, Set<string>>()
const declare = ({ topic, name }: TopicContract) => declared.set(topic, (declared.get(topic) ?? new Set()).add(name))

/** Whether a message of this type may be on the topic at all, as far as this process knows the topic. */
export const isDeclared = (topic: string, type: string): boolean => declared.get(topic)?.has(type) ?? true

/** What other systems may ask for with a message on a durable topic; who takes it keys and orders nothing. */
export const request = <const R extends TopicContract>(spec: R): R => {
  declare(spec)
  return spec
}

/** A fact that nobody may miss: kept on a durable topic, in order per key, delivered at least once. */
export type EventContract = TopicContract & {
  /** The payload field whose value keys the topic. */
  readonly key: string
}
export const event = <const E extends EventContract>(spec: E): E => {
  declare(spec)
  return spec
}

/** What a module declares for durable topics: facts and requests. */
export const topicContracts = (module: object): TopicContract[] =>
  Object.values(module).filter((value): value is TopicContract => typeof value === 'object' && 'topic' in value)

/** News that many may glance at: broadcast, may be lost, so that nothing may depend on it but speed. */
export type SignalContract = { readonly name: string; readonly about: string; readonly payload: Schema }
export const signal = <const S extends SignalContract>(spec: S): S => spec

/** Work for exactly one worker: kept in a queue under a lease, redelivered when the worker dies. */
export type JobContract = { readonly name: string; readonly about: string; readonly payload: Schema }
export const job = <const J extends JobContract>(spec: J): J => spec

export type Payload<C extends { payload: Schema }> = InferProps<C['payload']>

/** A fact ready to be committed together with the state it came from. */
export type Fact = {
  readonly contract: EventContract
  readonly payload: Record<string, unknown>
  /** What caused it, where that is known: 32 hexadecimal digits. */
  readonly trace?: string | undefined
}
export const fact = <C extends EventContract>(of: C, payload: Payload<C>, trace?: string): Fact => ({
  contract: of,
  payload: payload as Record<string, unknown>,
  trace,
})

/** Broadcasts a signal to every node, this one included. */
export const broadcast = <S extends SignalContract>(
  via: Pick<ServiceBroker, 'broadcast'>,
  of: S,
  payload: Payload<S>,
): void => {
  void via.broadcast(of.name, payload)
}

/** Tells a signal to the actors of this process alone: what is too much for others, or of no use to them. */
export const whisper = <S extends SignalContract>(
  via: Pick<ServiceBroker, 'broadcastLocal'>,
  of: S,
  payload: Payload<S>,
): void => {
  void via.broadcastLocal(of.name, payload)
}
