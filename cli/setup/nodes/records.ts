import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Identity } from '../infra/process.ts'

/** What is known of a node that was started here. */
export type NodeRecord = {
  readonly name: string
  /** What the others know it by: one that takes the place of another before that has left cannot have the same. */
  readonly node: string
  readonly services: readonly string[]
  readonly settings: Readonly<Record<string, string>>
  readonly port: number | null
  readonly process: Identity
}

const fileOf = (base: string, name: string) => join(base, `${name}.json`)

/** Where a node writes. */
export const logOf = (base: string, name: string): string => join(base, `${name}.log`)

/** Every node that was started and not ended in order, by name. */
export const records = (base: string): NodeRecord[] => {
  mkdirSync(base, { recursive: true })
  return readdirSync(base)
    .filter((file) => file.endsWith('.json'))
    .map((file) => completed(JSON.parse(readFileSync(join(base, file), 'utf8')) as NodeRecord))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
}

// One that an earlier version has kept says less.
const completed = (record: NodeRecord): NodeRecord => {
  const { name, port } = record
  return {
    ...record,
    node: record.node ?? name,
    settings: record.settings ?? (port ? { GREENROOM_PORT: `${port}` } : {}),
  }
}

/** Keeps a record, whole or not at all. */
export const keep = (base: string, record: NodeRecord): void => {
  const file = fileOf(base, record.name)
  writeFileSync(`${file}.new`, JSON.stringify(record))
  renameSync(`${file}.new`, file)
}

/** Gives the place, the log and the name of a record to the one that has come for it. */
export const succeed = (base: string, next: NodeRecord, name: string): void => {
  renameSync(logOf(base, next.name), logOf(base, name))
  keep(base, { ...next, name })
  forget(base, next.name)
}

export const forget = (base: string, name: string): void => rmSync(fileOf(base, name), { force: true })
