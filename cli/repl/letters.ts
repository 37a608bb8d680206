import { call } from '../../mixins/contract/contract.ts'
import { deadletters, type LetterView } from '../../services/deadletters/deadletters.contract.ts'
import { facts, table } from '../table.ts'
import { harmless, shortId } from '../words.ts'
import type { Act, Print } from './act.ts'
import type { ConsoleCommand } from './console.ts'

type Options = Record<string, string | number | boolean | undefined>

const which = [
  { option: '--topic <name>', description: 'only of this topic' },
  { option: '--group <name>', description: 'only of this consumer group' },
  { option: '--cause <type>', description: 'only with this cause' },
]
const why = { option: '--reason <text>', description: 'why, for whoever reads it later' }
const dryRun = { option: '--dry-run', description: 'change nothing, only show what would be done' }

/** What operators do about messages that could not be handled. */
export const letterCommands = (prints: Print): ConsoleCommand[] => [
  {
    command: 'letters',
    alias: 'dlq',
    description: 'List dead letters: counted by cause, then the newest',
    options: [...which, { option: '--state <state>', description: 'open (default), retried or discarded' }],
    action: prints(list),
  },
  { command: 'letter <id>', description: 'Show a dead letter whole', action: prints(show) },
  {
    command: 'retry-letter <id>',
    description: 'Hand a message once more to the group that failed',
    options: [
      { option: '--payload <json>', description: 'with this payload instead of its own' },
      { option: '--type <name>', description: 'as this type instead of its own' },
      why,
      dryRun,
    ],
    action: prints(retry),
  },
  {
    command: 'retry-letters',
    description: 'Retry every open letter of a topic, group or cause',
    options: [...which, why, dryRun],
    action: prints(retryAll),
  },
  {
    command: 'discard-letter <id>',
    description: 'Give a message up for good',
    options: [why],
    action: prints(discard),
  },
]

const text = (value: Options[string]) => (value === undefined ? undefined : String(value))
const chosen = (options: Options, names: string[]) =>
  Object.fromEntries(names.flatMap((name) => (options[name] === undefined ? [] : [[name, String(options[name])]])))
const WHICH = ['topic', 'group', 'cause']

// What lies in a message is anybody's text.
const printed = (value: unknown) => JSON.stringify(value, null, 2).split('\n').map(harmless).join('\n')

const list: Act = async (broker, { options }) => {
  const query = chosen(options as Options, [...WHICH, 'state'])
  const { items: causes, open } = await call(broker, deadletters.causes, {})
  const { items } = await call(broker, deadletters.list, { ...query, limit: 20 } as never)
  const first = items[0]
  if (!first) return [open === 0 ? 'No dead letters.' : `No dead letters here; ${open} are open elsewhere.`]
  const next = `Next: letter ${shortId(first.id)}, retry-letter ${shortId(first.id)} --dry-run`
  return [...(causes.length > 0 ? [table(causeColumns, causes), ''] : []), table(letterColumns, items), '', next]
}

const show: Act = async (broker, { id }) => {
  const { envelope, ...letter } = await call(broker, deadletters.get, { id: String(id) })
  const settled = letter.settledAt && `${letter.state} by ${letter.settledBy} at ${letter.settledAt}: ${letter.reason}`
  return [
    facts([
      ['Letter', letter.id],
      ['State', settled ?? letter.state],
      ['Of', `${letter.topic}/${letter.partition}/${letter.offset}, which ${letter.group} could not handle`],
      ['Message', `${letter.type} ${letter.messageId}, key ${letter.key}`],
      ['Cause', `${letter.cause}: ${letter.error}`],
      ['Tried', `${letter.attempts} times, last at ${letter.failedAt}`],
      ['Repeats', letter.replayOf],
    ]),
    '',
    printed(envelope),
    ...(letter.state === 'open'
      ? ['', `Next: retry-letter ${shortId(letter.id)}, discard-letter ${shortId(letter.id)}`]
      : []),
  ]
}

const parsed = (json: string): Record<string, unknown> => {
  try {
    return JSON.parse(json) as Record<string, unknown>
  } catch (error) {
    throw new SyntaxError(`payload: this is no JSON. ${(error as Error).message}`)
  }
}

const retry: Act = async (broker, { id, options }) => {
  const { payload, dryRun: trial, ...rest } = options as Options
  const params = {
    id: String(id),
    ...chosen(rest, ['type', 'reason']),
    ...(payload !== undefined && { payload: parsed(String(payload)) }),
    dryRun: trial === true,
  }
  const { group, topic, message, complaints } = await call(broker, deadletters.retry, params)
  if (!params.dryRun)
    return [`${message.type} ${message.id} goes to ${group ?? 'every group'} once more. Next: letters`]
  const faults = complaints.map((complaint) => `  ${complaint.message}`)
  const verdict = faults.length === 0 ? ['It fits its contract.'] : ['Its contract refuses it:', ...faults]
  return [`Would be sent on ${topic} for ${group ?? 'every group'}:`, printed(message), ...verdict]
}

const retryAll: Act = async (broker, { options }) => {
  const { dryRun: trial, reason, ...rest } = options as Options
  const params = { ...chosen(rest, WHICH), reason: text(reason) ?? 'retried from the console', dryRun: trial === true }
  const { matched, retried } = await call(broker, deadletters.retryAll, params)
  return [trial ? `${matched} letters would be retried.` : `${retried} letters are retried. Next: letters`]
}

const discard: Act = async (broker, { id, options }) => {
  const reason = text((options as Options).reason)
  if (!reason) return ['Say why: discard-letter <id> --reason "…"']
  const letter = await call(broker, deadletters.discard, { id: String(id), reason })
  return [`${shortId(letter.id)} is discarded. Next: letters --state discarded`]
}

type Cause = { count: number; topic: string; group: string; cause: string; error: string }

const causeColumns = [
  { title: 'COUNT', cell: ({ count }: Cause) => String(count), alignRight: true as const },
  { title: 'TOPIC', cell: ({ topic }: Cause) => topic },
  { title: 'GROUP', cell: ({ group }: Cause) => group },
  { title: 'CAUSE', cell: ({ cause }: Cause) => cause },
  { title: 'FOR EXAMPLE', cell: ({ error }: Cause) => error },
]

const letterColumns = [
  { title: 'ID', cell: ({ id }: LetterView) => shortId(id) },
  { title: 'FAILED AT', cell: ({ failedAt }: LetterView) => failedAt },
  { title: 'GROUP', cell: ({ group }: LetterView) => group },
  { title: 'TYPE', cell: ({ type }: LetterView) => type },
  { title: 'KEY', cell: ({ key }: LetterView) => key },
  { title: 'CAUSE', cell: ({ cause }: LetterView) => cause },
]
