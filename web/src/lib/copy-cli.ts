import { quoted } from './shell.ts'
import type { SourceFile, Submission } from './wire.ts'

const MB = 1024 * 1024

const heredoc = (path: string, content: string): string => {
  let mark = 'END'
  while (content.split('\n').includes(mark)) mark += '_'
  const body = content.endsWith('\n') ? content : `${content}\n`
  return `cat > ${quoted(path)} <<'${mark}'\n${body}${mark}`
}

const written = (file: SourceFile): string[] => {
  const folder = file.path.includes('/') ? [`mkdir -p ${quoted(file.path.slice(0, file.path.lastIndexOf('/')))}`] : []
  const content =
    file.encoding === 'base64'
      ? `base64 -d > ${quoted(file.path)} <<'END'\n${file.content}\nEND`
      : heredoc(file.path, file.content)
  return [...folder, content]
}

const standardInput = ({ stdin }: Submission): string => {
  if (!stdin) return ''
  if (typeof stdin === 'string') return `printf %s ${quoted(stdin)} | `
  const decode = stdin.encoding === 'base64' ? ' | base64 -d' : ''
  return `printf %s ${quoted(stdin.content)}${decode} | `
}

const time = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`)
const size = (bytes: number): string => (bytes % MB === 0 ? `${bytes / MB}M` : `${bytes}b`)

const limitOptions = ({ limits = {} }: Submission): string[] => [
  ...(limits.wallMs ? [`--wall ${time(limits.wallMs)}`] : []),
  ...(limits.cpuMs ? [`--cpu ${time(limits.cpuMs)}`] : []),
  ...(limits.memoryBytes ? [`--memory ${size(limits.memoryBytes)}`] : []),
  ...(limits.processes ? [`--processes ${limits.processes}`] : []),
  ...(limits.outputBytes ? [`--output ${size(limits.outputBytes)}`] : []),
  ...(limits.diskBytes ? [`--disk ${size(limits.diskBytes)}`] : []),
]

const pairs = (option: string, of: Record<string, string> = {}): string[] =>
  Object.entries(of).map(([name, value]) => `${option} ${quoted(`${name}=${value}`)}`)

/** Shell commands that write the files and run them with the command line. */
export const cliSnippet = (submission: Submission, origin: string): string => {
  const { files = [], entry, language, version, args = [] } = submission
  const first = entry ?? files[0]?.path
  const ordered = [...files].sort((a, b) => Number(b.path === first) - Number(a.path === first))
  const options = [
    `--language ${quoted(language)}`,
    ...(version ? [`--version ${quoted(version)}`] : []),
    ...limitOptions(submission),
    ...pairs('--env', submission.env),
    ...pairs('--label', submission.labels),
    ...(submission.artifacts ? [`--artifacts ${quoted(submission.artifacts.directory)}`] : []),
    `--url ${quoted(origin)}`,
  ]
  const names = ordered.map((file) => quoted(file.path)).join(' ')
  const rest = args.length > 0 ? ` -- ${args.map(quoted).join(' ')}` : ''
  const run = `${standardInput(submission)}greenroom run ${names} ${options.join(' ')}${rest}`
  return [...files.flatMap(written), run, ''].join('\n')
}
