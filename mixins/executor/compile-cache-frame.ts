import type { Readable } from 'node:stream'
import type { ProgramFile } from './executor.ts'
import { encodeFiles, FrameReader, receiveFrame } from './handed-over.ts'
import { BUILD } from './profile.ts'

/** What a compiler left: files under their paths inside the sandbox. */
export type Build = readonly ProgramFile[]

const MOST_FILES = 4096
const MOST_PATH_BYTES = 4096

/** A build as `agents/handing-over.pl` hands it back and as the cache keeps it. */
export const encodeBuild = (build: Build): Buffer => encodeFiles(build)

/** The build that these bytes are, to the last one; null for bytes that are none. */
export const decodeBuild = (bytes: Buffer): Build | null => {
  try {
    const frame = new FrameReader(bytes)
    const build = frame.list(MOST_FILES, () => ({ path: frame.piece().toString(), bytes: frame.piece() }))
    return frame.isAtEnd && build.every(({ path }) => isInside(path)) ? build : null
  } catch {
    // Whatever they are, nothing is started from them.
    return null
  }
}

/** The build that a sandbox hands back; null where it hands back none, or too much, or ends before all has come. */
export const receiveBuild = async (stream: Readable, mostBytes: number): Promise<Build | null> => {
  const bytes = await receiveFrame(stream, mostBytes)
  const build = bytes && decodeBuild(bytes)
  return build && build.length > 0 ? build : null
}

const isInside = (path: string): boolean =>
  path.startsWith(`${BUILD}/`) &&
  Buffer.byteLength(path) <= MOST_PATH_BYTES &&
  path
    .slice(1)
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..')
