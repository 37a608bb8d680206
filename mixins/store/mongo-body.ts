/**
 * JSON as BSON and back, such that a document is found and read as it would be in the data file.
 *
 * A server reads dots and dollars in a name, its driver reads some names as types of its own, a name cannot hold a NUL,
 * and a text cannot hold half a character: those are spelt as a percent sign and four hexadecimal digits. A list is
 * wrapped, because a server compares a condition with each of its elements instead of with the list.
 */
type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

const LIST = '%list'

const SPECIAL = /^\$|^_(?=bsontype$)|[%.\0]|\p{Cs}/gu
const HALVES = /%(?=\p{Cs}|[0-9a-f]{4})|\p{Cs}/gu
const SPELT = /%([0-9a-f]{4})/g

const spell = (character: string) => `%${character.charCodeAt(0).toString(16).padStart(4, '0')}`
const read = (_: string, code: string) => String.fromCharCode(Number.parseInt(code, 16))

/** A name as it is stored. */
export const storedName = (name: string): string => name.replace(SPECIAL, spell)
const nameOf = (stored: string): string => (stored.includes('%') ? stored.replace(SPELT, read) : stored)

/** A text as it is stored: itself, unless it holds half a character or what looks like one that was spelt. */
export const storedText = (text: string): string => text.replace(HALVES, spell)
const textOf = nameOf

const stored = (value: Json): unknown => {
  if (typeof value === 'string') return storedText(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return { [LIST]: value.map(stored) }
  // An object made of its entries has each of them as its own, `__proto__` too.
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [storedName(name), stored(part)]))
}

const revived = (value: unknown): unknown => {
  if (typeof value === 'string') return textOf(value)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const [first] = entries
  if (first?.[0] === LIST) return (first[1] as unknown[]).map(revived)
  return Object.fromEntries(entries.map(([name, part]) => [nameOf(name), revived(part)]))
}

/** What is stored of a document; anything that JSON leaves out or changes is left out or changed. */
export const storedBody = (document: object): object => stored(JSON.parse(JSON.stringify(document))) as object

export const documentOf = <T>(body: unknown): T => revived(body) as T
