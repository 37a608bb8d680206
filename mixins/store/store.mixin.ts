import type { Service, ServiceSchema } from 'moleculer'
import { backendsOf } from '../backends.ts'
import type { Fact } from '../contract/contract.ts'
import { Contended } from './contended.ts'
import type { Decision } from './decision.ts'
import type { Collection, Document, Filter, Find, Reading, Replacing } from './documents.ts'
import { Recent } from './recent.ts'
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
  find(id: string, options?: Reading): Promise<S>
  /** As `find`, and by the short id (see short-id.ts) as well, while it names one document only. */
  locate(id: string, options?: Reading): Promise<S>
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

type Self<S> = Service & Store<S> & { recent: Recent<S & Document> }

type Options = {
  /**
   * How many of the states that this process has written last a change may begin with, unasked: the revision tells whether
   * somebody else has written since. Only where no id is used twice.
   */
  recent?: number
}

const TRIES = 50

const next = <S extends Document>(state: S): S => ({ ...state, rev: state.rev + 1 })

// What an old state refuses the present one may allow.
const unlessRefused = <T>(decide: () => T): T | null => {
  try {
    return decide()
  } catch {
    return null
  }
}

/** Documents of one collection, owned by the actor that mixes this in. */
export const store = <S extends Document>(
  collection: Collection,
  notFound: (id: string) => Error,
  { recent = 0 }: Options = {},
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

  const write = async (self: Self<S>, state: S, { state: decided, facts }: Decision<S>, options?: Replacing) => {
    const document = { ...decided, id: state.id, rev: state.rev + 1 }
    const isWritten = await documents(self).replace(name, document, facts, options)
    if (isWritten) self.recent.note(document)
    else self.recent.forget(state.id)
    return isWritten ? document : null
  }

  /** Upon the state that was written here last; null where there is none, or what holds now must be asked for. */
  const guess = async (self: Self<S>, id: string, decide: (state: S) => Decision<S> | null, options?: Replacing) => {
    const state = self.recent.get(id)
    const decision = state && unlessRefused(() => decide(next(state)))
    return decision ? write(self, state, decision, options) : null
  }

  return {
    created(this: Self<S>) {
      this.recent = new Recent(recent)
    },

    async started(this: Service) {
      await documents(this).declare(collection)
    },

    methods: {
      async create(this: Self<S>, { state, facts }: Decision<S>, frozen?: unknown, rev = 1) {
        const document = { ...state, rev }
        const written = documents(this).insert(name, document, facts, frozen)
        // Whoever is woken by the write may come before it is on the disk.
        this.recent.note(document)
        try {
          await written
        } catch (error) {
          this.recent.forget(document.id)
          throw error
        }
        return document
      },

      async find(this: Self<S>, id: string, options?: Reading) {
        const found = await documents(this).get<S>(name, id, options)
        if (!found) throw notFound(id)
        return found
      },

      async locate(this: Self<S>, id: string, options?: Reading) {
        if (id.length !== SHORT) return this.find(id, options)
        const found = await this.search({ where: { short: id }, limit: 2 })
        if (found.length !== 1) throw notFound(id)
        return found[0]!
      },

      async frozen(this: Self<S>, id: string) {
        const found = await documents(this).frozen(name, id)
        if (found === null) throw notFound(id)
        return found
      },

      async change(this: Self<S>, id: string, decide: (state: S) => Decision<S> | null, options?: Replacing) {
        const guessed = await guess(this, id, decide, options)
        if (guessed) return guessed
        return untilWritten(this, id, async (state) => {
          const decision = decide(next(state))
          return decision ? write(this, state, decision, options) : state
        })
      },

      remove(this: Self<S>, id: string, decide: (state: S) => Fact[]) {
        this.recent.forget(id)
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
  } as unknown as Partial<ServiceSchema>
}
