import type { Context, Service } from 'moleculer'
import { backendsOf } from '../../mixins/backends.ts'
import { actor, type Caller } from '../../mixins/contract/actor.ts'
import type { Filter } from '../../mixins/store/documents.ts'
import { DuplicateDocument } from '../../mixins/store/documents.ts'
import { type Store, store } from '../../mixins/store/store.mixin.ts'
import { type DeadLetter, lettersOf } from '../../mixins/topics/dead-letter.ts'
import { complaintsAbout } from '../../mixins/topics/message.ts'
import { on, topics } from '../../mixins/topics/topics.mixin.ts'
import { byCause, Census } from './causes.ts'
import { deadletters, type LetterView, letterView } from './deadletters.contract.ts'
import { InvalidRetry, LetterNotFound } from './deadletters.errors.ts'
import { expire } from './expiry.ts'
import { contractOf, topicsOfFacts } from './facts.ts'
import { addresseeOf, type Edit, type Letter, received, refuseSettled, retryOf, settle } from './letter.ts'

const PAGE = 1000
const DEFAULT_LIMIT = 50
const SWEEP_MS = 60_000
const UNREASONED = 'retried'

type Own = { census: Census; sweeper: NodeJS.Timeout | undefined }
type Self = Service & Store<Letter>
type Which = { topic?: string; group?: string; cause?: string }

const FIELDS = Object.keys(letterView) as (keyof LetterView)[]
const view = (letter: Letter) => Object.fromEntries(FIELDS.map((field) => [field, letter[field]])) as LetterView

const userOf = (ctx: Context<unknown, Caller>) => ctx.meta.user ?? 'local'

const filterOf = ({ topic, group, cause }: Which): Filter => ({
  ...(topic !== undefined && { topic }),
  ...(group !== undefined && { group }),
  ...(cause !== undefined && { cause }),
})

/** The open letters, the oldest first, page by page. */
async function* open(self: Self, which: Which): AsyncGenerator<Letter> {
  for (let last = ''; ; ) {
    const where = { ...filterOf(which), state: 'open', ...(last && { id: { gt: last } }) }
    const page = await self.search({ where, sort: { by: 'id', order: 'asc' }, limit: PAGE })
    yield* page
    if (page.length < PAGE) return
    last = page.at(-1)!.id
  }
}

type Sending = { edit: Edit; by: string; reason: string; dryRun: boolean }

/** Sends first and settles then: what a crash leaves between is a letter that may be retried once more. */
const send = async (self: Self, letter: Letter, { edit, by, reason, dryRun }: Sending) => {
  refuseSettled(letter)
  const { topic } = letter
  const envelope = await self.frozen<DeadLetter>(letter.id)
  const group = addresseeOf(envelope)
  const message = retryOf(envelope, edit, { by, reason })
  const complaints = complaintsAbout(contractOf(topic, message.type), message)
  if (dryRun) return { state: letter.state, topic, group, message, complaints, dryRun }
  // As it was, a message may be sent again: what refuses it may have changed. An edit has to fit.
  if (complaints.length > 0 && (edit.payload || edit.type)) throw new InvalidRetry(complaints)
  await backendsOf(self.broker).topics.append(topic, [message])
  const settled = await self.change(letter.id, (state) => ({
    state: settle(state, { state: 'retried', by, reason }, Date.now()),
    facts: [],
  }))
  return { state: settled.state, topic, group, message, complaints, dryRun }
}

const keep = async (self: Self, envelope: DeadLetter) => {
  try {
    await self.create({ state: received(envelope), facts: [] }, envelope)
  } catch (error) {
    // Delivered again: it is kept already.
    if (!(error instanceof DuplicateDocument)) throw error
  }
}

/** Keeps every message that could not be handled until somebody decides about it: retries, edits or discards it. */
export default actor<Store<Letter> & Own>()('deadletters', deadletters, {
  mixins: [
    store<Letter>(
      { name: 'deadletters', unique: ['letter'], indexes: [['state', 'id'], ['short'], ['settledAt']] },
      (id) => new LetterNotFound(id),
    ),
    topics(),
  ],

  state: (service): Own => ({
    census: new Census(() => Array.fromAsync(open(service as Self, {}))),
    sweeper: undefined,
  }),

  actions: {
    async list(ctx) {
      const { cursor, state = 'open', limit = DEFAULT_LIMIT, ...which } = ctx.params
      const where = { ...filterOf(which), state, ...(cursor && { id: { lt: cursor } }) }
      const found = await this.search({ where, sort: { by: 'id', order: 'desc' }, limit: limit + 1 })
      const items = found.slice(0, limit).map(view)
      return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null }
    },

    async causes() {
      const letters = await Array.fromAsync(open(this, {}))
      return { items: byCause(letters), open: letters.length }
    },

    open() {
      return this.census.take()
    },

    async get(ctx) {
      const letter = await this.locate(ctx.params.id)
      return { ...view(letter), envelope: await this.frozen<DeadLetter>(letter.id) }
    },

    async retry(ctx) {
      const { id, type, payload, reason = UNREASONED, dryRun = false } = ctx.params
      const edit = { ...(type && { type }), ...(payload && { payload }) }
      return send(this, await this.locate(id), { edit, by: userOf(ctx), reason, dryRun })
    },

    async retryAll(ctx) {
      const { reason, limit = PAGE, dryRun = false, ...which } = ctx.params
      let [matched, retried] = [0, 0]
      for await (const letter of open(this, which)) {
        if (matched === limit) break
        matched++
        if (dryRun) continue
        await send(this, letter, { edit: {}, by: userOf(ctx), reason, dryRun })
        retried++
      }
      return { matched, retried, dryRun }
    },

    async discard(ctx) {
      const { id, reason } = ctx.params
      const letter = await this.locate(id)
      const by = userOf(ctx)
      const decide = (state: Letter) => ({
        state: settle(state, { state: 'discarded', by, reason }, Date.now()),
        facts: [],
      })
      return view(await this.change(letter.id, decide))
    },
  },

  subscriptions: Object.fromEntries(
    topicsOfFacts.map((topic) => [
      `keep ${topic}`,
      on(lettersOf(topic), function (this: Self, ctx) {
        return keep(this, ctx.params as unknown as DeadLetter)
      }),
    ]),
  ),

  started() {
    const { letterRetentionDays } = backendsOf(this.broker).settings
    const sweep = () =>
      expire(this, letterRetentionDays, Date.now()).catch((error) =>
        this.logger.warn({ error: String(error) }, 'no clean-up of letters this time'),
      )
    this.sweeper = setInterval(sweep, SWEEP_MS)
  },

  stopped() {
    clearInterval(this.sweeper)
  },
})
