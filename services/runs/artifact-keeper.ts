import { setTimeout as sleep } from 'node:timers/promises'
import type { ProgramFile } from '../../mixins/executor/executor.ts'
import type { Streams } from '../../mixins/streams/streams.ts'

type Piece = { channel: string; bytes: Uint8Array; at: number }

const PIECE_BYTES = 256 * 1024
const BATCH_BYTES = 1024 * 1024
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2000

/**
 * Keeps the files that an attempt has handed out; resolves when all are durable, or the attempt is no longer ours. While
 * the store cannot be written it waits; nothing is dropped or kept twice. False when they cannot be kept any more.
 */
export const keepArtifacts = async (
  streams: Streams,
  key: string,
  files: ProgramFile[],
  abandoned: AbortSignal,
): Promise<boolean> => {
  let seq = 0
  for (const batch of batches(files)) {
    for (let pause = FIRST_PAUSE_MS; !abandoned.aborted; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
      try {
        seq = await streams.append(key, batch, seq)
        break
      } catch (error) {
        if ((error as { retryable?: boolean }).retryable === false) return false
        // The store says no for now (locked, full, away): the end of the run is told later, with all its files.
        await sleep(pause)
      }
    }
  }
  return true
}

const batches = function* (files: ProgramFile[]): Generator<Piece[]> {
  let batch: Piece[] = []
  let bytes = 0
  for (const piece of files.flatMap(pieces)) {
    if (batch.length > 0 && bytes + piece.bytes.length > BATCH_BYTES) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(piece)
    bytes += piece.bytes.length
  }
  if (batch.length > 0) yield batch
}

const pieces = ({ path, bytes }: ProgramFile): Piece[] =>
  Array.from({ length: Math.ceil(bytes.length / PIECE_BYTES) }, (_, index) => ({
    channel: path,
    bytes: bytes.subarray(index * PIECE_BYTES, (index + 1) * PIECE_BYTES),
    at: Date.now(),
  }))
