import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { eventually } from '../eventually.ts'

const checkout = resolve(import.meta.dirname, '../..')
const built = join(checkout, 'web/dist/index.html')
const lock = join(tmpdir(), `greenroom-page-build-${process.getuid?.() ?? 0}.lock`)
const PATIENCE_MS = 120_000

const changedAt = (path: string): number => {
  try {
    return statSync(path).mtimeMs
  } catch {
    // There is no such file: it was never changed.
    return 0
  }
}

const newestSource = (): number =>
  Math.max(
    ...['web/src', 'web/public'].flatMap((folder) =>
      readdirSync(join(checkout, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        changedAt(join(checkout, folder, name)),
      ),
    ),
    changedAt(join(checkout, 'web/index.html')),
  )

const isCurrent = () => changedAt(built) > newestSource()

const build = () => {
  const vite = join(checkout, 'node_modules/vite/bin/vite.js')
  execFileSync(process.execPath, [
    vite,
    'build',
    '--config',
    join(checkout, 'web/vite.config.ts'),
    '--logLevel',
    'warn',
  ])
}

/** Builds the page unless it is newer than its sources; several tests at a time build it once. */
export const builtPage = async (): Promise<void> => {
  if (isCurrent()) return
  // A build that was killed leaves its lock behind.
  if (Date.now() - changedAt(lock) > PATIENCE_MS) rmSync(lock, { force: true })
  try {
    closeSync(openSync(lock, 'wx'))
  } catch {
    // Somebody else builds.
    await eventually(() => {
      if (!isCurrent()) throw new RangeError('the page is still being built')
    }, PATIENCE_MS)
    return
  }
  try {
    build()
  } finally {
    rmSync(lock)
  }
}
