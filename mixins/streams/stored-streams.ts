import { type Collection, type Document, type Documents, DuplicateDocument } from '../store/documents.ts'
import { cut, ends, holds, type Listed, listed, type Page, pagesOf } from './pages.ts'
import type { Chunk, Extent } from './streams.ts'

const COLLECTION: Collection = { name: 'streams', indexes: [['stream']] }
const AT_ONCE = 8

/** The head of a stream lists its pages and holds the last one; the others are documents of their own. */
type PageOf = Document & { stream: string }
type Kept = Omit<Chunk, 'bytes'> & { bytes: string }
/** `short` is the last page where it is read as fast as the list; else it lies beside. */
type Head = PageOf & { pages: Listed[]; short?: Kept[] }

const SHORT_BYTES = 8192
const SHORT_PIECES = 64

/** Byte streams that are over, as documents that never change. */
export class StoredStreams {
  readonly #documents: Documents
  #declared: Promise<void> | undefined

  constructor(documents: Documents) {
    this.#documents = documents
  }

  /** Keeps a whole stream; the head comes last, so that a stream is there whole or not at all. */
  async keep(key: string, chunks: AsyncIterable<Chunk>): Promise<void> {
    const pages: Listed[] = []
    let full: Page[] = []
    let last: Page | undefined
    for await (const page of pagesOf(chunks)) {
      if (last) full.push(last)
      if (full.length === AT_ONCE) full = await this.#insertAll(key, full)
      pages.push(listed(page))
      last = page
    }
    await this.#insertAll(key, full)
    if (last) await this.#insertHead({ id: key, rev: 1, stream: key, pages }, last)
  }

  async has(key: string): Promise<boolean> {
    return (await this.#head(key)) !== null
  }

  async read(key: string, after: number, maxBytes: number): Promise<Chunk[]> {
    const found: Chunk[] = []
    const head = await this.#head(key)
    let bytes = 0
    for (const page of head?.pages ?? []) {
      if (page.last <= after) continue
      for (const chunk of await this.#chunks(head!, page)) {
        if (chunk.seq <= after) continue
        found.push(chunk)
        bytes += chunk.bytes.length
        if (bytes >= maxBytes) return found
      }
    }
    return found
  }

  async slice(key: string, channel: string, offset: number, length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    const head = await this.#head(key)
    for (const page of head?.pages ?? []) {
      if (!holds(page, channel, offset, offset + length)) continue
      parts.push(...cut(await this.#chunks(head!, page), channel, offset, offset + length))
    }
    return new Uint8Array(Buffer.concat(parts))
  }

  async extents(key: string): Promise<Extent[]> {
    return ends((await this.#head(key))?.pages ?? [])
  }

  async remove(key: string): Promise<void> {
    await this.#declare()
    const find = { where: { stream: key }, limit: 100 }
    for (let left = await this.#find(find); left.length > 0; left = await this.#find(find)) {
      // Without its head it is gone for everybody; the pages follow, after a crash when it is removed again.
      await this.#documents.remove(COLLECTION.name, key, 1, [])
      await Promise.all(left.map(({ id }) => this.#documents.remove(COLLECTION.name, id, 1, [])))
    }
  }

  #find(find: Parameters<Documents['find']>[1]): Promise<Document[]> {
    return this.#documents.find<Document>(COLLECTION.name, find)
  }

  async #head(key: string): Promise<Head | null> {
    await this.#declare()
    return this.#documents.get<Head>(COLLECTION.name, key)
  }

  async #chunks(head: Head, page: Listed): Promise<Chunk[]> {
    const isLast = page === head.pages.at(-1)
    const id = isLast ? head.id : idOf(head.id, page)
    const kept = (isLast && head.short) || (await this.#documents.frozen<Kept[]>(COLLECTION.name, id))
    return (kept ?? []).map((chunk) => ({ ...chunk, bytes: new Uint8Array(Buffer.from(chunk.bytes, 'base64')) }))
  }

  async #insertAll(key: string, pages: Page[]): Promise<Page[]> {
    await Promise.all(pages.map((page) => this.#insert({ id: idOf(key, listed(page)), rev: 1, stream: key }, page)))
    return []
  }

  #insertHead(head: Head, last: Page): Promise<void> {
    const isShort = last.bytes <= SHORT_BYTES && last.chunks.length <= SHORT_PIECES
    return isShort ? this.#keep<Head>({ ...head, short: keptOf(last) }) : this.#insert(head, last)
  }

  #insert(document: PageOf, page: Page): Promise<void> {
    return this.#keep(document, keptOf(page))
  }

  async #keep<D extends PageOf>(document: D, kept?: Kept[]): Promise<void> {
    await this.#declare()
    try {
      await this.#documents.insert(COLLECTION.name, document, [], kept)
    } catch (error) {
      // Kept before, by one who was interrupted.
      if (!(error instanceof DuplicateDocument)) throw error
    }
  }

  #declare(): Promise<void> {
    this.#declared ??= this.#documents.declare(COLLECTION).catch((error) => {
      this.#declared = undefined
      throw error
    })
    return this.#declared
  }
}

const keptOf = ({ chunks }: Page): Kept[] =>
  chunks.map((chunk) => ({ ...chunk, bytes: Buffer.from(chunk.bytes).toString('base64') }))

const idOf = (key: string, { first, last }: Listed): string => `${key}/${first}-${last}`
