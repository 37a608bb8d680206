import type { Fact } from '../contract/contract.ts'

/** A document: plain JSON under a string id. `rev` grows by one with every change and guards it. */
export type Document = { id: string; rev: number }

/** Compares one field (a dotted path) with a value: equality, a set, or a range. */
export type Condition =
  | string
  | number
  | boolean
  | { in: readonly (string | number)[] }
  | { gt?: string | number; gte?: string | number; lt?: string | number; lte?: string | number }
export type Filter = Record<string, Condition>

/** Without a sort the order is the server's own; equal values are in the order of their ids. */
export type Find = { where?: Filter; sort?: { by: string; order: 'asc' | 'desc' }; limit: number }

export type Collection = {
  name: string
  /** Fields that are searched, each list one index; `unique` fields must be present in every document. */
  indexes?: readonly (readonly string[])[]
  unique?: readonly string[]
}

/** A write that would have given two documents the same unique value. */
export class DuplicateDocument extends Error {
  readonly type = 'DUPLICATE_DOCUMENT'
  readonly field: string
  constructor(collection: string, field: string) {
    super(`A document of ${collection} with this ${field} exists.`)
    this.field = field
  }
}

/**
 * `durable: false` is for steps that would be taken again if they had not been, and for whoever calls `flush` before it
 * answers: the write survives the death of any process, but until then a power cut may undo it together with its facts. A
 * backend may make it as durable as any other.
 */
export type Replacing = { durable?: boolean }

/** `durable: false` is for whoever waits for `flushed` before it answers: until then a power cut may undo what was read. */
export type Reading = { durable?: boolean }

/**
 * The record of truth: documents guarded by revision, each written together with the facts that the write makes true.
 *
 * Promises: a resolved write survives a crash of any process; its facts reach their topics at least once, never without
 * the write, and those of one document in order per key; of two writes that saw the same revision one fails.
 * A write that was refused with StoreUnavailable may have been kept. Filters are plain enough for any server: equality,
 * sets, ranges, one sort, pages by the last value seen; a condition is met by values of its own type only, and by no
 * element of a list.
 */
export interface Documents {
  declare(collection: Collection): Promise<void>
  /**
   * `frozen` is a part of any size that never changes and is only read by `frozen()`.
   * Throws DuplicateDocument.
   */
  insert<T extends Document>(collection: string, document: T, facts: Fact[], frozen?: unknown): Promise<void>
  get<T extends Document>(collection: string, id: string, options?: Reading): Promise<T | null>
  frozen<F>(collection: string, id: string): Promise<F | null>
  /** Replaces the document whose revision is `document.rev - 1`; false when somebody else was faster. */
  replace<T extends Document>(collection: string, document: T, facts: Fact[], options?: Replacing): Promise<boolean>
  /** False when the document is gone or its revision is another. */
  remove(collection: string, id: string, rev: number, facts: Fact[]): Promise<boolean>
  find<T extends Document>(collection: string, find: Find): Promise<T[]>
  count(collection: string, where: Filter): Promise<number>
  /** Resolves when every write that has resolved by now would survive a power cut. */
  flush(): Promise<void>
  /** Resolves when every durable write that can be seen by now would survive a power cut. */
  flushed(): Promise<void>
}
