import type { Column } from './table.ts'
import type { Summary } from './wire.ts'
import { ago, inBytes, inWords, shortId } from './words.ts'

/** How runs look in a table that fits 100 columns. */
export const summaryColumns = (now = Date.now()): Column<Summary>[] => [
  { title: 'ID', cell: ({ id }) => shortId(id) },
  { title: 'STATE', cell: ({ state }) => state },
  { title: 'END', cell: ending },
  { title: 'LANGUAGE', cell: ({ language, version }) => `${language} ${version}` },
  { title: 'TIME', cell: (run) => elapsed(run, now), alignRight: true },
  { title: 'MEMORY', cell: ({ usage }) => (usage ? inBytes(usage.memoryPeakBytes) : ''), alignRight: true },
  { title: 'SUBMITTED', cell: ({ createdAt }) => ago(createdAt, now) },
  {
    title: 'LABELS',
    cell: ({ labels }) =>
      Object.entries(labels)
        .map((pair) => pair.join('='))
        .join(' '),
  },
]

/** The end of a run in two words: `exit 3`, `SIGSEGV`, `oom`. */
export const ending = ({ cause, exitCode, signal }: Pick<Summary, 'cause' | 'exitCode' | 'signal'>): string => {
  if (cause === 'exit') return `exit ${exitCode}`
  if (cause === 'signal') return signal ?? cause
  return cause?.replaceAll('_', ' ') ?? ''
}

const elapsed = ({ usage, startedAt, finishedAt }: Summary, now: number): string => {
  if (usage && finishedAt) return inWords(usage.wallMs)
  return startedAt && !finishedAt ? inWords(now - Date.parse(startedAt)) : ''
}
