import type { Example, Limits, SourceFile, Submission } from './wire.ts'

/** A program being written, with everything that goes into its run. */
export type Draft = {
  language: string
  version: string
  files: SourceFile[]
  entry: string
  stdin: string
  /** One argument a line. */
  args: string
  /** One NAME=value a line. */
  env: string
  limits: Partial<Limits>
  /** Folder whose files are handed out; absent where none are. */
  artifacts?: string
}

type Start = Pick<Example, 'language' | 'files'> & Partial<Pick<Example, 'stdin' | 'args'>>

export const draftOf = (example: Start): Draft => ({
  language: example.language,
  version: '',
  files: example.files.map((file) => ({ ...file })),
  entry: example.files[0]?.path ?? '',
  stdin: example.stdin ?? '',
  args: (example.args ?? []).join('\n'),
  env: '',
  limits: {},
})

/** A draft that would make the same run again. */
export const draftFrom = (submission: Submission, fileName: string): Draft => {
  const files = submission.files ?? [{ path: fileName, content: submission.source ?? '' }]
  const { stdin = '' } = submission
  return {
    language: submission.language,
    version: submission.version ?? '',
    files,
    entry: submission.entry ?? files[0]?.path ?? fileName,
    stdin: typeof stdin === 'string' ? stdin : textOf(stdin),
    args: (submission.args ?? []).map((arg) => (arg === '' ? '""' : arg)).join('\n'),
    env: Object.entries(submission.env ?? {})
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
    limits: chosenLimits(submission),
    ...(submission.artifacts && { artifacts: submission.artifacts.directory }),
  }
}

// The time for typing was not chosen by anybody.
const chosenLimits = ({ interactive, limits = {} }: Submission): Partial<Limits> => {
  const { wallMs, ...others } = limits
  return interactive && wallMs === TYPING_WALL_MS ? others : limits
}

const textOf = (stdin: { content: string; encoding?: string }): string => {
  if (stdin.encoding !== 'base64') return stdin.content
  return new TextDecoder().decode(Uint8Array.from(atob(stdin.content), (character) => character.charCodeAt(0)))
}

/** How long a program may run that waits for people to type, unless they say otherwise. */
export const TYPING_WALL_MS = 300_000

/** Whether the program can be typed to while it runs: no input was given for it. */
export const isTypedTo = (draft: Draft): boolean => draft.stdin === ''

const limitsOf = (draft: Draft, mostWallMs: number): Partial<Limits> => {
  const typing = isTypedTo(draft) ? { wallMs: Math.min(TYPING_WALL_MS, mostWallMs) } : {}
  return { ...typing, ...draft.limits }
}

/** What the draft would submit; nothing that was left at its default is said. */
export const submissionOf = (draft: Draft, mostWallMs = TYPING_WALL_MS): Submission => {
  const args = argsIn(draft.args)
  const env = envIn(draft.env)
  const limits = limitsOf(draft, mostWallMs)
  return {
    language: draft.language,
    ...(draft.version ? { version: draft.version } : {}),
    files: draft.files,
    entry: draft.entry,
    ...(args.length > 0 ? { args } : {}),
    ...(isTypedTo(draft) ? { interactive: true } : { stdin: draft.stdin }),
    ...(Object.keys(env).length > 0 ? { env } : {}),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    ...(draft.artifacts ? { artifacts: { directory: draft.artifacts } } : {}),
  }
}

/** The same run for a script, where nobody types. */
export const unattended = ({ interactive: _, ...submission }: Submission): Submission => submission

/** The arguments in a text, one a line; a line of two quotes is an empty one. */
export const argsIn = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (line === '""' ? '' : line))

/** The environment in a text, one NAME=value a line. */
export const envIn = (text: string): Record<string, string> => {
  const pairs = text.split('\n').filter((line) => line.trim() !== '')
  return Object.fromEntries(
    pairs.map((line) => {
      const at = line.indexOf('=')
      return at < 0 ? [line.trim(), ''] : [line.slice(0, at).trim(), line.slice(at + 1)]
    }),
  )
}

/** The first line that is no NAME=value, told for people; null when all are. */
export const envFault = (text: string): string | null => {
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || /^\s*[A-Za-z_][A-Za-z0-9_]*\s*=/.test(line)) continue
    return `Line ${index + 1} must read NAME=value, with a name of letters, digits and underscores.`
  }
  return null
}

/** Why a file cannot have this path, told for people; null when it can. */
export const pathFault = (path: string, others: string[]): string | null => {
  if (path === '') return 'A file needs a name.'
  if (others.includes(path)) return `There is already a file named ${path}.`
  if (path.startsWith('/') || path.includes('\\')) return 'The name must be a relative path with forward slashes.'
  if (path.split('/').some((part) => part === '..' || part === '.' || part === ''))
    return 'The path must not hold “.”, “..” or empty parts.'
  return path.length > 200 ? 'The name must have at most 200 characters.' : null
}

/** Whether a stored value is a draft, whatever an older page or a curious hand left in the storage. */
export const isDraft = (value: unknown): value is Draft => {
  const draft = value as Draft | null
  if (typeof draft !== 'object' || draft === null || typeof draft.language !== 'string') return false
  const texts = [draft.version, draft.entry, draft.stdin, draft.args, draft.env]
  if (!texts.every((text) => typeof text === 'string') || typeof draft.limits !== 'object') return false
  if (draft.artifacts !== undefined && typeof draft.artifacts !== 'string') return false
  const { files } = draft
  return (
    Array.isArray(files) &&
    files.length > 0 &&
    files.every((file) => typeof file?.path === 'string' && typeof file.content === 'string')
  )
}
