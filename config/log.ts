import { pino } from 'pino'

/** Where backends tell what becomes of their servers. */
export type Log = { info(message: string): void; warn(message: string): void }

/** A log for what is opened before there is a broker; its lines look like the broker's own. */
export const backendLog = (level: string, node: string): Log =>
  pino({ level, base: null }).child({ nodeID: node, mod: 'backends' })
