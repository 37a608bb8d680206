import { type Encoded, encoded } from './executions.bytes.ts'
import type { Submission } from './executions.contract.ts'
import type { FieldError } from './executions.errors.ts'

/** Upper bounds of one request, in bytes unless they count. */
export const BOUNDS = {
  files: 100,
  fileBytes: 1024 * 1024,
  totalBytes: 4 * 1024 * 1024,
  pathBytes: 512,
  nameBytes: 255,
  args: 256,
  env: 128,
  argumentBytes: 64 * 1024,
  labels: 32,
} as const

type File = NonNullable<Submission['files']>[number]

/** What is kept of a request: files instead of a lone source, and every choice spelled out. */
export type Program = Submission & { files: File[]; entry: string }

/** Everything that is wrong with a request whatever runtimes there are; empty when it may be run. */
export const faults = (submission: Submission): FieldError[] => [
  ...sourceFaults(submission),
  ...fileFaults(submission.files ?? []),
  ...textFaults('source', submission.source === undefined ? [] : [{ content: submission.source }]),
  ...textFaults(
    typeof submission.stdin === 'object' ? 'stdin.content' : 'stdin',
    submission.stdin === undefined ? [] : [encoded(submission.stdin)],
  ),
  ...listFaults(submission),
  ...labelFaults(submission.labels ?? {}),
  ...artifactFaults(submission),
]

const fault = (field: string, message: string): FieldError => ({ field, message: `${field}: ${message}` })

const sourceFaults = ({ source, files, entry }: Submission): FieldError[] => {
  if (source === undefined && !files) return [fault('source', 'give either source or files.')]
  if (source !== undefined && files) return [fault('source', 'give either source or files, not both.')]
  if (entry === undefined) return []
  const why = pathFault(entry)
  if (why) return [fault('entry', `${JSON.stringify(entry)} ${why}`)]
  if (!files || files.some((file) => file.path === entry)) return []
  return [fault('entry', `no file has the path ${JSON.stringify(entry)}.`)]
}

const fileFaults = (files: File[]): FieldError[] => {
  if (files.length > BOUNDS.files) return [fault('files', `${files.length} files are more than ${BOUNDS.files}.`)]
  const found = files.flatMap((file, index) => {
    const why = pathFault(file.path) ?? clash(files, index)
    return [
      ...(why ? [fault(`files[${index}].path`, `${JSON.stringify(file.path)} ${why}`)] : []),
      ...textFaults(`files[${index}].content`, [file], file.path),
    ]
  })
  const total = files.reduce((sum, file) => sum + size(file), 0)
  if (total > BOUNDS.totalBytes) found.push(fault('files', `${total} bytes are more than ${BOUNDS.totalBytes}.`))
  return found
}

const pathFault = (path: string): string | null => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'holds a NUL or another control character.'
  if (path.startsWith('-')) return 'begins with a dash, which an interpreter would take for an option.'
  if (path.startsWith('/')) return 'is absolute; give a path below the working directory.'
  if (Buffer.byteLength(path) > BOUNDS.pathBytes) return `is longer than ${BOUNDS.pathBytes} bytes.`
  for (const name of path.split('/')) {
    if (name === '..' || name === '.') return `must not contain ${JSON.stringify(name)}.`
    if (name === '') return 'has an empty part.'
    if (Buffer.byteLength(name) > BOUNDS.nameBytes) return `has a name longer than ${BOUNDS.nameBytes} bytes.`
  }
  return path.isWellFormed() ? null : 'is not valid Unicode.'
}

const artifactFaults = ({ artifacts, files = [] }: Submission): FieldError[] => {
  if (!artifacts) return []
  const { directory } = artifacts
  const isFile = files.some(({ path }) => path === directory || directory.startsWith(`${path}/`))
  const why = pathFault(directory) ?? (isFile ? 'is, or lies below, a file of the program.' : null)
  return why ? [fault('artifacts.directory', `${JSON.stringify(directory)} ${why}`)] : []
}

const clash = (files: File[], index: number): string | null => {
  const path = files[index]?.path ?? ''
  for (const [other, { path: taken }] of files.entries()) {
    if (taken === path && other < index) return 'is given twice.'
    if (taken.startsWith(`${path}/`)) return `is a file and also the folder of ${JSON.stringify(taken)}.`
  }
  return null
}

/** What is wrong with texts, each of which stands for bytes. */
export const textFaults = (field: string, texts: Encoded[], name?: string): FieldError[] =>
  texts.flatMap((text) => {
    const what = name === undefined ? '' : `${JSON.stringify(name)} `
    if (text.encoding === 'base64' && !isBase64(text.content)) return [fault(field, `${what}is not valid base64.`)]
    if (text.encoding !== 'base64' && !text.content.isWellFormed())
      return [fault(field, `${what}holds a lone surrogate; send it as base64.`)]
    const max = field.startsWith('stdin') ? BOUNDS.totalBytes : BOUNDS.fileBytes
    return size(text) > max ? [fault(field, `${what}has ${size(text)} bytes; at most ${max} are taken.`)] : []
  })

const listFaults = ({ args = [], env = {} }: Submission): FieldError[] => {
  const found: FieldError[] = []
  if (args.length > BOUNDS.args) found.push(fault('args', `${args.length} arguments are more than ${BOUNDS.args}.`))
  args.forEach((arg, index) => {
    if (!isPlain(arg)) found.push(fault(`args[${index}]`, 'holds a NUL character or is not valid Unicode.'))
  })
  const names = Object.keys(env)
  if (names.length > BOUNDS.env) found.push(fault('env', `${names.length} variables are more than ${BOUNDS.env}.`))
  for (const name of names) {
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,254}$/.test(name))
      found.push(fault(`env.${name.slice(0, 64)}`, 'is not a name: letters, digits and _ only, no digit first.'))
    if (!isPlain(env[name] ?? '')) found.push(fault(`env.${name.slice(0, 64)}`, 'holds a NUL or is not valid Unicode.'))
  }
  for (const [field, texts] of [['args', args] as const, ['env', Object.entries(env).flat()] as const]) {
    const total = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0)
    if (total > BOUNDS.argumentBytes) found.push(fault(field, `${total} bytes are more than ${BOUNDS.argumentBytes}.`))
  }
  return found
}

const isPlain = (text: string) => !text.includes('\0') && text.isWellFormed()

const labelFaults = (labels: Record<string, string>): FieldError[] => {
  const names = Object.keys(labels)
  const found = names.length > BOUNDS.labels ? [fault('labels', `more than ${BOUNDS.labels}.`)] : []
  for (const name of names)
    if (!/^[A-Za-z0-9][A-Za-z0-9_/-]{0,62}$/.test(name))
      found.push(
        fault(`labels.${name.slice(0, 64)}`, 'is not a label: letters, digits, _ - / and at most 63 characters.'),
      )
  return found
}

const isBase64 = (text: string) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)

const size = ({ content, encoding }: Encoded) => Buffer.byteLength(content, encoding ?? 'utf8')

/** The request as it is kept and run; `fileName` is what the language calls a lone source. */
export const program = (submission: Submission, language: string, fileName: string): Program => {
  const { source, files, ...rest } = submission
  const kept = files ?? [{ path: submission.entry ?? fileName, content: source ?? '' }]
  return { ...rest, language, files: kept, entry: submission.entry ?? kept[0]!.path }
}
