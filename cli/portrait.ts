import { ending } from './summary.ts'
import { facts, table } from './table.ts'
import type { Execution, Summary } from './wire.ts'
import { ago, inBytes, inWords } from './words.ts'

type Shown = Summary & Pick<Execution, 'waiting' | 'artifacts' | 'artifactsNote'>

/** One run as text: its facts, then every hop of its way. */
export const portrait = (run: Shown): string =>
  [facts(factsOf(run)), '', table(hopColumns(run.timeline[0]?.at ?? run.createdAt), run.timeline)].join('\n')

const factsOf = (run: Shown) =>
  [
    ['id', run.id],
    ['state', run.state],
    ['end', ending(run)],
    ['message', run.message],
    ['waiting', run.waiting ? `number ${run.waiting.position} in line. ${run.waiting.reason}` : null],
    ['language', `${run.language} ${run.version}`],
    ['priority', run.priority],
    ['attempt', String(run.attempt)],
    ['retry of', run.retryOf],
    ['submitted', `${run.createdAt} (${ago(run.createdAt)})`],
    ['time', run.usage ? `${inWords(run.usage.wallMs)} of ${inWords(run.limits.wallMs)}` : null],
    [
      'cpu',
      run.usage
        ? `${inWords(run.usage.cpuUserMs)} user, ${inWords(run.usage.cpuSystemMs)} system, of ${inWords(run.limits.cpuMs)}`
        : null,
    ],
    ['memory', run.usage ? `${inBytes(run.usage.memoryPeakBytes)} of ${inBytes(run.limits.memoryBytes)}` : null],
    ['processes', run.usage ? `${run.usage.processesPeak} of ${run.limits.processes}` : null],
    ['output', `${inBytes(run.outputBytes.stdout)} on stdout, ${inBytes(run.outputBytes.stderr)} on stderr${cut(run)}`],
    ['artifacts', run.artifacts?.map(({ path, sizeBytes }) => `${path} (${inBytes(sizeBytes)})`).join(', ') ?? null],
    ['left out', run.artifactsNote],
    [
      'exceeded',
      run.exceeded
        ? `${run.exceeded.limit}: ${run.exceeded.observed} of ${run.exceeded.value} (${run.exceeded.setting})`
        : null,
    ],
    [
      'labels',
      Object.entries(run.labels)
        .map((pair) => pair.join('='))
        .join(' '),
    ],
  ] as const

const cut = ({ truncated }: Summary) => (truncated.stdout || truncated.stderr ? ', cut at the limit' : '')

const hopColumns = (begin: string) => [
  { title: 'AFTER', cell: ({ at }: Hop) => inWords(Date.parse(at) - Date.parse(begin)), alignRight: true as const },
  { title: 'EVENT', cell: ({ event }: Hop) => event },
  { title: 'ATTEMPT', cell: ({ attempt }: Hop) => String(attempt), alignRight: true as const },
  { title: 'NODE', cell: ({ node }: Hop) => node ?? '' },
]

type Hop = Summary['timeline'][number]
