import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Server, ServerRefused } from './infra/server.ts'
import { servers } from './infra/servers.ts'
import { addUp, lastLine, type Tally, tallyOf } from './tally.ts'

const bin = (name: string) => join('node_modules', name)

/** What is checked before the tests; the page is built, as some of them open it. */
const checks: readonly (readonly [name: string, ...command: string[]])[] = [
  ['types', bin('typescript/bin/tsc'), '-p', '.'],
  ['style', bin('@biomejs/biome/bin/biome'), 'check', '.'],
  ['page', bin('vite/bin/vite.js'), 'build', 'web', '--logLevel', 'warn'],
  ['types of the page', bin('svelte-check/bin/svelte-check'), '--workspace', 'web', '--threshold', 'warning'],
]

const check = ([name, ...command]: (typeof checks)[number]): Tally => {
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', maxBuffer: 1 << 26 })
  console.log(`${status === 0 ? 'PASS' : 'FAIL'} ${name}`)
  if (status !== 0) console.log(`${stdout}${stderr}`)
  return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 }
}

const tests = async (paths: string[]): Promise<Tally> => {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-tests-'))
  const report = join(folder, 'report.json')
  // Whatever is still open when the last test has ended must not keep the count from being told.
  const command = [bin('jest/bin/jest.js'), '--forceExit', '--json', `--outputFile=${report}`, ...paths]
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
  // With --json Jest writes its report to stdout as well; people read what it writes to stderr.
  const jest = spawn(process.execPath, [...flags, ...command], { stdio: ['ignore', 'ignore', 'inherit'] })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => jest.kill(signal))
  const [code] = (await once(jest, 'exit')) as [number | null]
  try {
    return tallyOf(readFileSync(report, 'utf8'), code)
  } catch (error) {
    console.error(`Jest left no report: ${(error as Error).message}`)
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Fetches and builds the servers that no package brings. Where one cannot be had, its suites are skipped by name. */
const obtain = async (server: Server): Promise<void> => {
  try {
    await server.obtain?.()
  } catch (error) {
    if (!(error instanceof ServerRefused)) throw error
    console.error(`${server.name}: ${error.message}`)
  }
}

const paths = process.argv.slice(2)
// They are built while the checks run; who names tests does not wait for a build.
const building = paths.length > 0 ? [] : servers.map(obtain)
// Some tests need the page; who names tests wants no more than what they need.
const page = checks.filter(([name]) => name === 'page' && !existsSync('web/dist/index.html'))
const checked = (paths.length > 0 ? page : checks).map(check)
await Promise.all(building)
const total = addUp([...checked, await tests(paths)])
console.log(lastLine(total))
process.exit(total.failed === 0 ? 0 : 1)
