import type { Artifacts, LeftOut } from '../../mixins/executor/executor.ts'

const NAMED = 5

const WORDS: Record<LeftOut['why'], string> = {
  name: 'a name that cannot be handed out',
  link: 'a symbolic link',
  hardlink: 'a file with several names',
  special: 'not a regular file',
  unreadable: 'not readable',
  files: 'more files than GREENROOM_MAX_ARTIFACTS allows',
  bytes: 'more bytes than GREENROOM_MAX_ARTIFACT_BYTES allows',
  entries: 'too many entries to look at',
  folder: 'when the program ended there was no such folder, or a link was in its place',
  stopped: 'the program did not end by itself',
  lost: 'the files could not be read out of the sandbox',
}

/** What was left out of the artifacts and why, in one sentence; null where nothing was. */
export const noteOf = ({ leftOut, more }: Pick<Artifacts, 'leftOut' | 'more'>): string | null => {
  const [first] = leftOut
  if (!first) return null
  if (first.path === '') return `Nothing was handed out: ${WORDS[first.why]}.`
  const named = leftOut.slice(0, NAMED).map(({ path, why }) => `${JSON.stringify(path)} (${WORDS[why]})`)
  const others = leftOut.length - named.length + more
  return `Left out: ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}.`
}
