import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { EventContract, JobContract, SignalContract, TopicContract } from '../../mixins/contract/contract.ts'
import { markdownTable } from '../../mixins/contract/markdown-table.ts'
import { printFacts, printNews, printRequests, printTopics } from '../../mixins/contract/print.ts'
import { deadTopic, topicNamed } from '../../mixins/contract/topic.ts'
import * as coordinator from '../coordinator/coordinator.events.ts'
import * as executions from '../executions/executions.events.ts'
import * as replaysJobs from '../replays/replays.jobs.ts'
import * as runs from '../runs/runs.events.ts'
import * as jobs from '../runs/runs.jobs.ts'
import { BASE, type OwnDoor, ownDoors, publicActions } from './doors.ts'

type Named = EventContract | TopicContract | SignalContract | JobContract

const docs = (page: string) => fileURLToPath(new URL(`../../docs/${page}`, import.meta.url))

/** Where the pages lie that are printed from the contracts. */
export const pages = { events: docs('events.md'), api: docs('api.md') }

const isContract = (value: unknown): value is Named =>
  typeof value === 'object' && value !== null && 'name' in value && 'payload' in value

const contracts = (module: object): Named[] => Object.values(module).filter(isContract)

const all = [...contracts(coordinator), ...contracts(executions), ...contracts(runs)]
const facts = all.filter((contract): contract is EventContract => 'topic' in contract && 'key' in contract)
const requests = all.filter((contract): contract is TopicContract => 'topic' in contract && !('key' in contract))
const topics = [...new Set([...facts, ...requests].map(({ topic }) => topic))]
const signals = all.filter((contract) => !('topic' in contract))

/** docs/events.md. */
export const printEvents = (): string =>
  [
    '# Facts, signals and jobs',
    '',
    'What services tell each other without waiting for an answer. Printed from the contracts by `node services/api/reference.ts`;',
    'a test keeps it current.',
    '',
    '## Topics',
    '',
    'What is declared of each durable topic. One that is missing is made so; one that is there stays as it is, so that an operator may give it more. How large',
    'a message may be stands in `/api/v1/asyncapi.json`.',
    '',
    ...printTopics([...topics, ...topics.map(deadTopic)].map(topicNamed)),
    '',
    'A message whose type a group does not know is buried in the name of the owner of its topic, so that it is one dead letter, however many groups find it. All',
    'that find it write that letter: while versions are mixed, an older process cannot know whether its group cares in the newer one, and none leaves it to another.',
    'For the same reason a retry of that letter goes to every group. Retry it when every node runs the newer version; whoever has handled the message drops it by its id.',
    '',
    '## Facts',
    '',
    'Kept on a durable topic, in order per key, delivered at least once. They are written together with the change that makes them true,',
    'and carry the revision of the document (`rev`), so that whoever has newer news can drop older.',
    '',
    ...printFacts(facts),
    '## Requests',
    '',
    'What other systems may ask for with a message on a durable topic, kept and delivered as facts are. What cannot be done is buried with the reason.',
    '',
    ...printRequests(requests),
    '## Signals',
    '',
    'Broadcast to every node at once, where nothing else is said; may be lost, so that nothing depends on them but speed.',
    '',
    ...printNews(signals),
    '## Jobs',
    '',
    'Kept in a queue under a lease, for exactly one worker; handed out again when that worker dies.',
    '',
    ...printNews([...contracts(replaysJobs), ...contracts(jobs)] as JobContract[]),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')

const START = '<!-- printed by services/api/reference.ts -->'

/** The tables of docs/api.md, which follow what was written by hand. */
export const printApi = (): string => {
  const own = Object.values<OwnDoor>(ownDoors)
  const actions = publicActions.map(({ about, rest, refuses }) => ({ about, refuses, ...rest }))
  const rows = [...actions, ...own].map(({ method, path, status, about, refuses = [] }) => [
    `\`${method} ${path}\``,
    String(status),
    about,
    refuses.map((type) => `\`${type}\``).join(' '),
  ])
  return [
    START,
    '',
    `Paths below \`${BASE}\`.`,
    '',
    ...markdownTable([['request', 'answers', 'what it does', 'may refuse with'], ...rows]),
    '',
  ].join('\n')
}

/** docs/api.md with its tables printed anew. */
export const withTables = (page: string): string => `${page.split(START)[0]}${printApi()}`

if (import.meta.main) {
  writeFileSync(pages.events, printEvents())
  writeFileSync(pages.api, withTables(readFileSync(pages.api, 'utf8')))
}
