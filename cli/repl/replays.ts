import { call, type Result } from '../../mixins/contract/contract.ts'
import { type ReplayView, replays } from '../../services/replays/replays.contract.ts'
import { UsageError } from '../failure.ts'
import { table } from '../table.ts'
import { wholeNumber } from '../units.ts'
import { shortId } from '../words.ts'
import type { Act, Print } from './act.ts'
import type { ConsoleCommand } from './console.ts'

type Options = Record<string, string | number | boolean | undefined>

/** What operators do about sending a part of a topic once more. */
export const replayCommands = (prints: Print): ConsoleCommand[] => [
  {
    command: 'replay <id>',
    description: 'Send a part of a topic (its name) once more to one group',
    options: [
      { option: '--group <name>', description: 'the service that is to handle it again' },
      { option: '--reason <text>', description: 'why, for whoever reads it later' },
      { option: '--since <time>', description: 'only what was written then or later' },
      { option: '--until <time>', description: 'only what was written before' },
      { option: '--partition <number>', description: 'only this partition' },
      { option: '--from <offset>', description: 'of the partition: from here on' },
      { option: '--to <offset>', description: 'of the partition: up to here, without it' },
      { option: '--types <names>', description: 'only these types, with commas' },
      { option: '--key <key>', description: 'only this key' },
      { option: '--rate <number>', description: 'messages a second (100)' },
      { option: '--dry-run', description: 'change nothing, only show what would be sent' },
    ],
    action: prints(replay),
  },
  { command: 'replays', description: 'List replays, the newest first', action: prints(list) },
  { command: 'cancel-replay <id>', description: 'End a replay; what was sent stays sent', action: prints(cancel) },
]

const texts = (options: Options, names: string[]) =>
  Object.fromEntries(names.flatMap((name) => (options[name] === undefined ? [] : [[name, String(options[name])]])))
const numbers = (options: Options, names: string[]) =>
  Object.fromEntries(
    names.flatMap((name) =>
      options[name] === undefined ? [] : [[name, wholeNumber(`--${name}`, String(options[name]), 0)]],
    ),
  )

const replay: Act = async (broker, { id: topic, options: given }) => {
  const options = given as Options
  const select = {
    topic: String(topic),
    ...texts(options, ['since', 'until', 'key']),
    ...numbers(options, ['partition', 'from', 'to']),
    ...(options.types !== undefined && { types: String(options.types).split(',') }),
  }
  if (options.dryRun) return shown(await call(broker, replays.preview, select))
  const { group, reason } = options
  if (group === undefined || reason === undefined)
    throw new UsageError('Say for whom and why: replay <topic> --group G --reason "…"')
  const rate = options.rate === undefined ? {} : { ratePerSecond: wholeNumber('--rate', String(options.rate), 1) }
  const started = await call(broker, replays.start, {
    ...select,
    group: String(group),
    reason: String(reason),
    ...rate,
  })
  return [`Replay ${shortId(started.id)} is ${started.state}. Next: replays, cancel-replay ${shortId(started.id)}`]
}

const shown = ({ matched, looked, complete, types, first }: Result<typeof replays.preview>): string[] => {
  const kinds = Object.entries(types).map(([type, count]) => `${count} ${type}`)
  const bound = complete ? '' : ` Only the first ${looked} messages were looked at.`
  const summary = `${matched} of ${looked} messages would be sent${kinds.length > 0 ? `: ${kinds.join(', ')}` : ''}.${bound}`
  return first.length === 0 ? [summary] : [table(messageColumns, first), '', summary]
}

const list: Act = async (broker) => {
  const { items } = await call(broker, replays.list, { limit: 20 })
  return [items.length === 0 ? 'No replays.' : table(replayColumns, items)]
}

const cancel: Act = async (broker, { id }) => {
  const { id: whole, sent } = await call(broker, replays.cancel, { id: String(id) })
  return [`Replay ${shortId(whole)} is cancelled; ${sent} messages were sent. Next: replays`]
}

type First = Result<typeof replays.preview>['first'][number]

const messageColumns = [
  { title: 'PLACE', cell: ({ partition, offset }: First) => `${partition}/${offset}` },
  { title: 'AT', cell: ({ at }: First) => at },
  { title: 'TYPE', cell: ({ type }: First) => type },
  { title: 'KEY', cell: ({ key }: First) => key },
]

const replayColumns = [
  { title: 'ID', cell: ({ id }: ReplayView) => shortId(id) },
  { title: 'STATE', cell: ({ state }: ReplayView) => state },
  { title: 'SENT', cell: ({ sent }: ReplayView) => String(sent), alignRight: true as const },
  { title: 'TOPIC', cell: ({ select }: ReplayView) => select.topic },
  { title: 'GROUP', cell: ({ group }: ReplayView) => group },
  { title: 'BY', cell: ({ by }: ReplayView) => by },
  { title: 'REASON', cell: ({ reason }: ReplayView) => reason },
]
