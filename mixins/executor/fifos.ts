import { execFile } from 'node:child_process'
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants
const BATCH = 60

/** Two ends of a pipe: ours never blocks, the program's does as programs expect. */
export type Ends = { ours: number; theirs: number }

/**
 * Named pipes for programs, each used once and without a name from then on. Node's own pipes are sockets, which
 * `/dev/stdout` cannot open.
 */
export interface Fifos {
  fromProgram(): Promise<Ends>
  toProgram(): Promise<Ends>
  close(): void
}

/** Keeps a stock of unused pipes in a private folder; folders of processes that are gone are removed. */
export const openFifos = (dataDir: string): Fifos => {
  const parent = join(dataDir, 'pipes')
  mkdirSync(parent, { recursive: true, mode: 0o700 })
  removeAbandoned(parent)
  const folder = mkdtempSync(join(parent, `${process.pid}-`))
  const stock: string[] = []
  let made = 0
  let filling: Promise<void> | undefined

  const make = async () => {
    const paths = Array.from({ length: BATCH }, () => join(folder, `${made++}`))
    await promisify(execFile)('mkfifo', ['-m', '666', ...paths])
    stock.push(...paths)
  }
  const fill = () =>
    make().finally(() => {
      filling = undefined
    })
  const take = async (): Promise<string> => {
    while (true) {
      if (stock.length <= BATCH / 2) filling ??= fill()
      const path = stock.pop()
      if (path) return path
      await filling
    }
  }
  const opened = async (open: (path: string) => Ends) => {
    const path = await take()
    const ends = open(path)
    unlinkSync(path)
    return ends
  }

  return {
    fromProgram: () =>
      opened((path) => ({ ours: openSync(path, O_RDONLY | O_NONBLOCK), theirs: openSync(path, O_WRONLY) })),
    toProgram: () =>
      opened((path) => {
        // A reader must exist before a writer can open, and the other way round; this one is both for a moment.
        const both = openSync(path, O_RDWR | O_NONBLOCK)
        const theirs = openSync(path, O_RDONLY)
        const ours = openSync(path, O_WRONLY | O_NONBLOCK)
        closeSync(both)
        return { ours, theirs }
      }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

const removeAbandoned = (parent: string) => {
  for (const name of readdirSync(parent)) {
    const pid = Number(name.split('-')[0])
    if (pid !== process.pid && !isAlive(pid)) rmSync(join(parent, name), { recursive: true, force: true })
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
