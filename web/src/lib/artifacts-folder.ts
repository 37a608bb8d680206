const MOST_BYTES = 512
const MOST_NAME_BYTES = 255

const bytesIn = (text: string): number => new TextEncoder().encode(text).length

/** Why a run cannot hand out the files of this folder, told for people; null when it can, and when none is named. */
export const folderFault = (folder: string, paths: readonly string[]): string | null => {
  if (folder === '') return null
  if (folder.startsWith('/')) return 'The folder must be a relative path: it lies in the folder the program runs in.'
  if (folder.startsWith('-')) return 'The name must not begin with a dash.'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(folder) || !folder.isWellFormed())
    return 'The name holds a character it cannot have.'
  const parts = folder.split('/')
  if (parts.some((part) => part === '..' || part === '.' || part === ''))
    return 'The path must not hold “.”, “..” or empty parts, nor end with a slash.'
  if (bytesIn(folder) > MOST_BYTES || parts.some((part) => bytesIn(part) > MOST_NAME_BYTES))
    return `The path must have at most ${MOST_BYTES} bytes, and each part ${MOST_NAME_BYTES}.`
  const file = paths.find((path) => folder === path || folder.startsWith(`${path}/`))
  return file === undefined ? null : `${file} is a file of the program, not a folder.`
}
