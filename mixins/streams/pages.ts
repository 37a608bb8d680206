import type { Chunk, Extent } from './streams.ts'

/** Pieces that are kept together; the last page is the one that is not full. */
export type Page = { chunks: Chunk[]; bytes: number }

/** What a page holds, without its bytes. */
export type Listed = { first: number; last: number; ranges: { channel: string; from: number; to: number }[] }

const PAGE_BYTES = 256 * 1024
const PAGE_PIECES = 2048

/** Cuts a stream into pages, the same ones whenever it is cut. */
export const pagesOf = async function* (chunks: AsyncIterable<Chunk>): AsyncGenerator<Page> {
  let page: Page = { chunks: [], bytes: 0 }
  for await (const chunk of chunks) {
    page.chunks.push(chunk)
    page.bytes += chunk.bytes.length
    if (page.bytes < PAGE_BYTES && page.chunks.length < PAGE_PIECES) continue
    yield page
    page = { chunks: [], bytes: 0 }
  }
  if (page.chunks.length > 0) yield page
}

export const listed = ({ chunks }: Page): Listed => {
  const ranges = new Map<string, Listed['ranges'][number]>()
  for (const { channel, offset, bytes } of chunks) {
    const range = ranges.get(channel) ?? { channel, from: offset, to: offset }
    ranges.set(channel, { ...range, to: offset + bytes.length })
  }
  return { first: chunks[0]?.seq ?? 0, last: chunks.at(-1)?.seq ?? 0, ranges: [...ranges.values()] }
}

/** Where each channel ends. */
export const ends = (pages: Listed[]): Extent[] => {
  const bytes = new Map<string, number>()
  for (const { channel, to } of pages.flatMap(({ ranges }) => ranges)) bytes.set(channel, to)
  return [...bytes].map(([channel, bytes]) => ({ channel, bytes }))
}

/** Whether a page holds bytes of a channel between two offsets. */
export const holds = (page: Listed, channel: string, from: number, to: number): boolean =>
  page.ranges.some((range) => range.channel === channel && range.from < to && range.to > from)

/** The bytes between two offsets of those chunks that belong to one channel. */
export const cut = (chunks: Chunk[], channel: string, from: number, to: number): Uint8Array[] =>
  chunks
    .filter((chunk) => chunk.channel === channel)
    .map(({ offset, bytes }) => bytes.subarray(Math.max(0, from - offset), Math.max(0, to - offset)))
