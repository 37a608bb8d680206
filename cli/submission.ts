import type { Api } from './api.ts'
import { declaredFolder } from './artifacts.ts'
import type { Values } from './command.ts'
import type { runOptions } from './commands/run.ts'
import { UsageError } from './failure.ts'
import { chooseLanguage } from './languages.ts'
import { content, entryOf, read, readFiles, readProgram, type SourceFile } from './program-files.ts'
import { durationMs, pair, sizeBytes, wholeNumber } from './units.ts'
import type { Runtime, Submission } from './wire.ts'

type RunValues = Values<typeof runOptions>

/** The request that a command line stands for; asks the server for its languages only when it must. */
export const submissionOf = async (
  api: Api,
  paths: string[],
  values: RunValues,
  args: string[],
): Promise<Submission> => {
  const { files, language, version } = await program(api, paths, values)
  const limits = limitsOf(values)
  return {
    language,
    ...(version ? { version } : {}),
    files: files.map((file) => ({ ...file })),
    entry: values.entry === undefined ? files[0]!.path : entryOf(values.entry, paths, files),
    ...(args.length > 0 ? { args } : {}),
    ...(values.stdin === undefined ? {} : { stdin: stdinOf(values.stdin) }),
    ...(values.env ? { env: Object.fromEntries(values.env.map((text) => pair('--env', text))) } : {}),
    ...(values.label ? { labels: Object.fromEntries(values.label.map((text) => pair('--label', text))) } : {}),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    ...(values.priority ? { priority: values.priority as NonNullable<Submission['priority']> } : {}),
    ...(values.artifacts === undefined ? {} : { artifacts: { directory: declaredFolder(values.artifacts) } }),
    ...(values.retries === undefined ? {} : { retries: wholeNumber('--retries', values.retries, 0) }),
  }
}

const program = async (api: Api, paths: string[], values: RunValues) => {
  const runtimes = () => api.get<Runtime[]>('/runtimes')
  if (paths.includes('-')) {
    if (paths.length > 1) throw new UsageError('A program that is piped in ("-") is a single file.')
    if (!values.language) throw new UsageError('The language of a piped program cannot be told; add --language NAME.')
    const { language, version, fileName } = chooseLanguage(await runtimes(), values, { name: '-', head: '' })
    return { language, version, files: [readProgram(fileName)] }
  }
  const files = readFiles(paths)
  const entry =
    values.entry === undefined ? files[0]! : files.find(({ path }) => path === entryOf(values.entry!, paths, files))!
  if (values.language) {
    const [language = '', version = values.version] = values.language.split('@')
    return { language, version, files }
  }
  return { ...chooseLanguage(await runtimes(), values, { name: entry.path, head: headOf(entry) }), files }
}

const headOf = ({ content, encoding }: SourceFile) => (encoding ? '' : content.slice(0, 200).split('\n')[0]!)

const stdinOf = (text: string): NonNullable<Submission['stdin']> => {
  if (!text.startsWith('@')) return text
  const { content: bytes, encoding } = content(read(text.slice(1), text.slice(1)))
  return encoding ? { content: bytes, encoding } : bytes
}

const limitsOf = (values: RunValues): NonNullable<Submission['limits']> => ({
  ...(values.wall === undefined ? {} : { wallMs: durationMs('--wall', values.wall) }),
  ...(values.cpu === undefined ? {} : { cpuMs: durationMs('--cpu', values.cpu) }),
  ...(values.memory === undefined ? {} : { memoryBytes: sizeBytes('--memory', values.memory) }),
  ...(values.processes === undefined ? {} : { processes: wholeNumber('--processes', values.processes, 1) }),
  ...(values.output === undefined ? {} : { outputBytes: sizeBytes('--output', values.output) }),
  ...(values.disk === undefined ? {} : { diskBytes: sizeBytes('--disk', values.disk) }),
})
