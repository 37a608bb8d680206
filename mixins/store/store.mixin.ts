import type { Service, ServiceSchema } from 'moleculer'
import { backendsOf } from '../backends.ts'
import type { Fact } from '../contract/contract.ts'
import { Contended } from './contended.ts'
import type { Decision } from './decision.ts'
import type { Collection, Document, Filter, Find, Replacing } from './documents.ts'
import { SHORT } from './short-id.ts'

/**
 * What the mixin offers to the actor that owns the documents. The revision is the mixin's: every decision is given, and
 * returns, the state with the revision that its change will have, so that facts can carry it.
 */
export type Store<S> = {
  /**
   * Writes a new document and its facts; resolves with it. Its revision is 1, or a later one where the decision stands for
   * as many changes. Throws DuplicateDocument.
   */
  create(decision: Decision<S>, frozen?: unknown, rev?: number): Promise<S>
  /** Throws the actor's own error when there is no such document. */
  find(id: string): Promise<S>
  /** As `find`, and by the short id (see short-id.ts) as well, while it names one document only. */
  locate(id: string): Promise<S>
  /** The part that never changes; throws the actor's own error when there is no such document. */
  frozen<F>(id: string): Promise<F>
  /**
   * Decides upon the present state and writes what was decided, or nothing upon null; decides anew when somebody else
   * was faster. Resolves with the state that holds now. What `decide` throws reaches the caller, and nothing is written.
   */
  change(id: string, decide: (state: S) => Decision<S> | null, options?: Replacing): Promise<S>
  /** Removes the document together with the facts that say so; resolves with what it last was. */
  remove(id: string, decide: (state: S) => Fact[]): Promise<S>
  search(find: Find): Promise<S[]>
  count(where: Filter): Promise<number>
}

type Self<S> = Service & Store<S>

const TRIES = 50

const next = <S extends Document>(state: S): S => ({ ...state, rev: state.rev + 1 })

/** Documents of one collection, owned by the actor that mixes this in. */
export const store = <S extends Document>(
  collection: Collection,
  notFound: (id: string) => Error,
): Partial<ServiceSchema> => {
  const { name } = collection
  const documents = (self: Service) => backendsOf(self.broker).store

  const untilWritten = async (self: Self<S>, id: string, write: (state: S) => Promise<S | null>): Promise<S> => {
    for (let tries = 0; tries < TRIES; tries++) {
      const written = await write(await self.find(id))
      if (written) return written
    }
    throw new Contended(name, id)
  }

  return {
    async started(this: Service) {
      await documents(this).declare(collection)
    },

    methods: {
      async create(this: Self<S>, { state, facts }: Decision<S>, frozen?: unknown, rev = 1) {
        const document = { ...state, rev }
        await documents(this).insert(name, document, facts, frozen)
        return document
      },

      async find(this: Self<S>, id: string) {
        const found = await documents(this).get<S>(name, id)
        if (!found) throw notFound(id)
        return found
      },

      async locate(this: Self<S>, id: string) {
        if (id.length !== SHORT) return this.find(id)
        const found = await this.search({ where: { short: id }, limit: 2 })
        if (found.length !== 1) throw notFound(id)
        return found[0]!
      },

      async frozen(this: Self<S>, id: string) {
        const found = await documents(this).frozen(name, id)
        if (found === null) throw notFound(id)
        return found
      },

      change(this: Self<S>, id: string, decide: (state: S) => Decision<S> | null, options?: Replacing) {
        return untilWritten(this, id, async (state) => {
          const decision = decide(next(state))
          if (!decision) return state
          const document = { ...decision.state, id, rev: state.rev + 1 }
          return (await documents(this).replace(name, document, decision.facts, options)) ? document : null
        })
      },

      remove(this: Self<S>, id: string, decide: (state: S) => Fact[]) {
        return untilWritten(this, id, async (state) => {
          const gone = await documents(this).remove(name, id, state.rev, decide(next(state)))
          return gone ? state : null
        })
      },

      search(this: Self<S>, find: Find) {
        return documents(this).find<S>(name, find)
      },

      count(this: Self<S>, where: Filter) {
        return documents(this).count(name, where)
      },
    },
  } as Partial<ServiceSchema>
}
