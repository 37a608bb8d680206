import type { Draft } from './draft.ts'
import type { SourceFile } from './wire.ts'

/** The draft with one more file. */
export const added = (draft: Draft, file: SourceFile): Draft => ({ ...draft, files: [...draft.files, file] })

/** The draft with a file under another name; the entry follows. */
export const renamed = (draft: Draft, from: string, to: string): Draft => ({
  ...draft,
  files: draft.files.map((file) => (file.path === from ? { ...file, path: to } : file)),
  entry: draft.entry === from ? to : draft.entry,
})

/** The draft without a file; the first that is left becomes the entry if it was. The last file stays. */
export const removed = (draft: Draft, path: string): Draft => {
  const files = draft.files.filter((file) => file.path !== path)
  if (files.length === 0) return draft
  return { ...draft, files, entry: draft.entry === path ? (files[0]?.path ?? '') : draft.entry }
}

/** A name that no file has yet: the wished one, or one with a number. */
export const freeName = (wished: string, taken: string[]): string => {
  if (!taken.includes(wished)) return wished
  const dot = wished.lastIndexOf('.')
  const [stem, ending] = dot > 0 ? [wished.slice(0, dot), wished.slice(dot)] : [wished, '']
  for (let number = 2; ; number++) {
    const name = `${stem}-${number}${ending}`
    if (!taken.includes(name)) return name
  }
}

/** An uploaded file: text where it is UTF-8, base64 where it is not. */
export const uploaded = (path: string, bytes: Uint8Array): SourceFile => {
  try {
    return { path, content: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    let binary = ''
    for (const byte of bytes) binary += String.fromCharCode(byte)
    return { path, content: btoa(binary), encoding: 'base64' }
  }
}
