import { type Artifacts, type ArtifactsWanted, LEFT_OUT, type LeftOut } from './executor.ts'
import { FrameReader } from './handed-over.ts'

const MOST_PATH_BYTES = 512
const MOST_NAME_BYTES = 255
const MOST_LEFT_OUT = 100
const MOST_SHOWN = 200

/** What a sandbox has handed out, to the last byte; null where it is not what may be handed out. */
export const decodeArtifacts = (bytes: Buffer, wanted: ArtifactsWanted): Artifacts | null => {
  try {
    const frame = new FrameReader(bytes)
    const files = frame.list(wanted.mostFiles, () => ({ path: pathOf(frame.piece()), bytes: frame.piece() }))
    const leftOut = frame.list(MOST_LEFT_OUT, () => ({ path: shown(frame.piece()), why: whyOf(frame.piece()) }))
    const more = frame.number()
    const size = files.reduce((sum, file) => sum + file.bytes.length, 0)
    const isDistinct = new Set(files.map(({ path }) => path)).size === files.length
    return frame.isAtEnd && size <= wanted.mostBytes && isDistinct ? { files, leftOut, more } : null
  } catch {
    // Cut short, or a name that is not clean: nothing of it is believed.
    return null
  }
}

/** No artifacts at all, and why. */
export const noArtifacts = (why: LeftOut['why']): Artifacts => ({ files: [], leftOut: [{ path: '', why }], more: 0 })

// Control characters, and those that nobody sees or that change how others are shown.
const unclean = /[\p{Cc}\p{Zl}\p{Zp}\\\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u

const pathOf = (bytes: Buffer): string => {
  const path = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  const isPlain = path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && isName(part))
  if (bytes.length > MOST_PATH_BYTES || unclean.test(path) || !isPlain) throw new RangeError('The path is not clean.')
  return path
}

const isName = (part: string) => Buffer.byteLength(part) <= MOST_NAME_BYTES

// For people only: whatever cannot be shown is replaced.
const shown = (bytes: Buffer): string =>
  bytes.toString().replace(new RegExp(unclean, 'gu'), '\ufffd').slice(0, MOST_SHOWN).toWellFormed()

const whyOf = (bytes: Buffer): LeftOut['why'] => {
  const why = LEFT_OUT.find((one) => one === bytes.toString())
  if (!why) throw new RangeError('The reason is not known.')
  return why
}
