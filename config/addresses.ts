import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { BROKERS_FORM, brokersOf } from '../mixins/topics/kafka-address.ts'
import type { Parse } from './setting.ts'

/** Where the services lie, a folder each. */
const SERVICES = resolve(import.meta.dirname, '../services')

/** Addresses of servers, separated by commas where there are several, as they were written. */
export const addresses =
  (...schemes: string[]): Parse<string> =>
  (text) => {
    const isOne = (one: string) => {
      const parsed = URL.parse(one)
      return parsed !== null && schemes.includes(parsed.protocol) && parsed.hostname !== ''
    }
    // A list of MongoDB servers is one address whose hosts have commas between them; their own client reads that.
    const first = text.replace(/,.*$/s, '')
    if (!(text.startsWith('mongodb') ? isOne(first) : text.split(',').every(isOne)))
      throw `an address like ${schemes[0]}//HOST:PORT`
    return text
  }

/** Kafka brokers, as they were written. */
export const brokerList: Parse<string> = (text) => {
  try {
    brokersOf(text)
    return text
  } catch {
    throw BROKERS_FORM
  }
}

/** Names of services that exist, each once. */
export const serviceNames: Parse<readonly string[]> = (text) => {
  const names = [...new Set(text.split(',').map((name) => name.trim()))]
  const unknown = names.find((name) => !/^[a-z]+$/.test(name) || !existsSync(resolve(SERVICES, name)))
  if (unknown !== undefined) throw `names of folders in services/, with commas; there is no ${JSON.stringify(unknown)}`
  return names
}
