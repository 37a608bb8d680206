import { readSync } from 'node:fs'
import type { Readable } from 'node:stream'
import type { Aside } from './aside.ts'
import type { Group } from './cgroup/cgroup.ts'
import type { Mailbox } from './mailbox.ts'

/** The processes of one sandbox, from the outside; nothing of a program has run in it yet. */
export type Sandbox = {
  /** Our ends of the program's pipes. */
  readonly stdin: number
  readonly stdout: number
  readonly stderr: number
  /** What the first process tells, line by line; null once it is gone. */
  readonly told: Mailbox
  /** Born under its bounds; else it has to be put there before it may go on. */
  readonly isBounded: boolean
  /** The first process, as the host numbers it. */
  pid(): Promise<number>
  /** Null where it cannot be moved aside. */
  readonly aside: Aside | null
  /** Lets the first process go on, now that it is under its bounds. */
  open(): void
  send(bytes: Uint8Array): void
  /** What the first process hands back beside lines; null where nothing can come. */
  readonly handedBack: Readable | null
  kill(): void
  readonly exited: Promise<void>
  /** Gives back whatever it holds besides its three pipes: the last call, once nothing of it is left. */
  close(): void
}

/** Launches a sandbox for a group; resolves when its first process is there. */
export type Launch = (group: Group) => Promise<Sandbox>

/** What the first process wrote to stderr before any program could. */
export const complaint = (fd: number): string => {
  const buffer = Buffer.alloc(1024)
  try {
    return buffer.toString('utf8', 0, readSync(fd, buffer)).trim() || 'it ended without a word'
  } catch (error) {
    return (error as Error).message
  }
}
