/** A server that cannot be had or does not start; the message says why and what helps. */
export class ServerRefused extends Error {
  readonly type = 'SERVER_REFUSED'
}

/** One process of a server: its command, and the line of its log by which it is known to serve. */
export type Part = {
  readonly name: string
  /** Holds its data and its log; nobody else writes there. */
  readonly dir: string
  readonly command: readonly [program: string, ...args: string[]]
  readonly ready: RegExp
}

/** A server as data: what it is attached by, what it needs, and the processes it consists of. */
export type Server = {
  readonly name: 'nats' | 'redis' | 'kafka' | 'mongodb'
  /** The setting that attaches it. */
  readonly setting: `GREENROOM_${string}`
  /** The ports it takes when they are free, for as many members as asked. */
  ports(members: number): number[]
  /** What this machine lacks to run it, with the command that gets it; null when nothing is lacking. */
  missing(): string | null
  /** Fetches or builds what no package brings; nothing when that is done. */
  obtain?(): Promise<void>
  /** Makes its folder fit for these ports; safe to repeat on one that holds data. */
  prepare?(dir: string, ports: readonly number[]): Promise<void>
  parts(dir: string, ports: readonly number[]): Part[]
  /** The value of the setting. */
  url(ports: readonly number[]): string
}
