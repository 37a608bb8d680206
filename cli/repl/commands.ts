import { call } from '../../mixins/contract/contract.ts'
import { coordinator } from '../../services/coordinator/coordinator.contract.ts'
import { executions } from '../../services/executions/executions.contract.ts'
import { portrait } from '../portrait.ts'
import { summaryColumns } from '../summary.ts'
import { table } from '../table.ts'
import { wholeNumber } from '../units.ts'
import { inWords, shortId } from '../words.ts'
import type { Act, Print } from './act.ts'
import type { ConsoleCommand } from './console.ts'
import { letterCommands } from './letters.ts'
import { replayCommands } from './replays.ts'

// As many as one answer of the list may hold.
const MOST = 200

/** What the console adds to Moleculer's own commands. `failed` hears of every command that could not be done. */
export const consoleCommands = (failed: () => void): ConsoleCommand[] => {
  const prints: Print = (act) => async (broker, args) => {
    try {
      for (const text of await act(broker, args as never)) console.log(text)
    } catch (error) {
      failed()
      console.error((error as Error).message)
    }
  }
  return [
    {
      command: 'executions',
      alias: 'ex',
      description: 'List executions, the newest first',
      options: [
        { option: '--state <state>', description: 'only this state; several with commas' },
        { option: '--language <name>', description: 'only this language' },
        { option: '-n, --limit <count>', description: 'at most so many (20)' },
      ],
      action: prints(list),
    },
    { command: 'execution <id>', description: 'Show an execution with every hop of its way', action: prints(show) },
    { command: 'queue', description: 'Show what waits, in order, and why', action: prints(queue) },
    { command: 'workers', description: 'Show the nodes with their slots, as `nodes` does', action: prints(workers) },
    { command: 'cancel <id>', description: 'Cancel an execution', action: prints(cancel) },
    ...letterCommands(prints),
    ...replayCommands(prints),
  ]
}

const list: Act = async (broker, { options: { state, language, limit = 20 } }) => {
  const filter = { ...(state ? { state: String(state) } : {}), ...(language ? { language: String(language) } : {}) }
  const count = wholeNumber('--limit', String(limit), 1)
  const { items, next } = await call(broker, executions.list, { ...filter, limit: count })
  const first = items[0]
  if (!first) return ['No executions here.']
  const more = next && count < MOST ? ` There are older ones: --limit ${MOST} shows more.` : ''
  return [table(summaryColumns(), items), '', `Next: execution ${shortId(first.id)}.${more}`]
}

const show: Act = async (broker, { id }) => {
  const execution = await call(broker, executions.get, { id: String(id) })
  const next = execution.finishedAt ? [] : ['', `Next: cancel ${shortId(execution.id)}`]
  return [portrait(execution), ...next]
}

const queue: Act = async (broker) => {
  const { waiting, length, running, slots, limit } = await call(broker, coordinator.queue, { limit: 50 })
  const summary = `${running} of ${slots} slots taken, ${length} waiting (at most ${limit}).`
  const first = waiting[0]
  if (!first) return [summary]
  return [
    table(waitingColumns, waiting),
    '',
    summary,
    `Next: execution ${shortId(first.id)}, cancel ${shortId(first.id)}`,
  ]
}

const cancel: Act = async (broker, { id }) => {
  const { id: whole, state } = await call(broker, executions.cancel, { id: String(id) })
  return [
    `${shortId(whole)} ${state === 'cancelled' ? 'is cancelled' : 'is being cancelled'}. Next: execution ${shortId(whole)}`,
  ]
}

const workers: Act = async (broker) => {
  const { items } = await call(broker, coordinator.workers, {})
  const nodes = broker.registry.nodes.list({ onlyAvailable: false, withServices: true }) as unknown as Node[]
  const rows = nodes.map((node) => ({ ...node, worker: items.find((worker) => worker.node === node.id) }))
  return [table(nodeColumns, rows), '', 'Next: queue, or nodes --details for the services of each.']
}

type Worker = { slots: number; busy: number; draining: boolean; trusted: boolean }
type Node = { id: string; available: boolean; cpu: number | null; services: object; worker?: Worker | undefined }

const nodeColumns = [
  { title: 'NODE', cell: ({ id }: Node) => id },
  {
    title: 'STATE',
    cell: ({ available, worker }: Node) => (available ? (worker?.draining ? 'draining' : 'online') : 'offline'),
  },
  { title: 'SERVICES', cell: ({ services }: Node) => String(Object.keys(services).length), alignRight: true as const },
  {
    title: 'SLOTS',
    cell: ({ worker }: Node) => (worker ? `${worker.busy} of ${worker.slots}` : ''),
    alignRight: true as const,
  },
  { title: 'CPU', cell: ({ cpu }: Node) => (cpu === null ? '' : `${Math.round(cpu)} %`), alignRight: true as const },
  {
    title: 'ISOLATION',
    cell: ({ worker }: Node) => (worker ? (worker.trusted ? 'trusted code only' : 'sandbox') : ''),
  },
]

type Waiting = { id: string; priority: string; user: string; waitingMs: number; position: number; reason: string }

const waitingColumns = [
  { title: 'POS', cell: ({ position }: Waiting) => String(position), alignRight: true as const },
  { title: 'ID', cell: ({ id }: Waiting) => shortId(id) },
  { title: 'PRIORITY', cell: ({ priority }: Waiting) => priority },
  { title: 'USER', cell: ({ user }: Waiting) => user },
  { title: 'WAITING', cell: ({ waitingMs }: Waiting) => inWords(waitingMs), alignRight: true as const },
  { title: 'WHY', cell: ({ reason }: Waiting) => reason },
]
