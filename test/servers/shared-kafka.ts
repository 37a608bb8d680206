import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kafka } from '../../cli/setup/infra/kafka.ts'
import { serverPorts } from '../../cli/setup/infra/ports.ts'
import { end, type Identity, launch } from '../../cli/setup/infra/process.ts'
import { ServerRefused } from '../../cli/setup/infra/server.ts'
import { eventually } from '../eventually.ts'

const PATIENCE_MS = 120_000

/** What a run of the tests shares: a folder, and the process whose end is the end of the run. */
export type Run = { readonly dir: string; readonly pid: number }
type Shared = { url: string; process: Identity }

const fileIn = ({ dir }: Run) => join(dir, 'kafka.json')

/**
 * One Kafka of one broker for all test files of a run, started for the first that asks. Files keep out of each other's
 * way by the names of their topics and groups; none may kill it.
 */
export const sharedKafka = async (run: Run = runOf(process.env)): Promise<{ readonly url: string }> => {
  const file = fileIn(run)
  if (await isFirst(run)) await start(run, file)
  await eventually(() => readFile(file), PATIENCE_MS)
  const { url } = JSON.parse(await readFile(file, 'utf8')) as Shared
  if (url) return { url }
  throw new ServerRefused('The Kafka of this run has not started; the first test that asked for it says why.')
}

const start = async (run: Run, file: string): Promise<void> => {
  const dir = join(run.dir, 'kafka')
  await mkdir(dir)
  try {
    const ports = await serverPorts(kafka.ports(1).length)
    await kafka.prepare?.(dir, ports)
    const [part] = kafka.parts(dir, ports)
    if (!part) throw new ServerRefused('Kafka has no parts.')
    const process = await launch(part)
    dieWith(run.pid, process)
    await tell(file, { url: kafka.url(ports), process })
  } catch (error) {
    await tell(file, {})
    throw error
  }
}

/** Ends the Kafka of a run, where one was started, and removes what the run shares. */
export const endShared = async (run: Run): Promise<void> => {
  if (existsSync(fileIn(run))) {
    const { process } = JSON.parse(await readFile(fileIn(run), 'utf8')) as Partial<Shared>
    if (process) await end(process, 'SIGKILL')
  }
  await rm(run.dir, { recursive: true, force: true })
}

/** How the processes of a run know of each other. */
export const runOf = ({ SHARED_BY_TESTS: text }: NodeJS.ProcessEnv): Run => {
  if (!text) throw new ServerRefused('Only the tests of this checkout, run by its jest.config.mjs, share a Kafka.')
  const [pid, dir = ''] = text.split(' ')
  return { pid: Number(pid), dir }
}

const isFirst = async ({ dir }: Run): Promise<boolean> => {
  try {
    await (await open(join(dir, 'kafka.asked'), 'wx')).close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

// Whole or not at all: others read it as soon as it is there.
const tell = async (file: string, shared: Partial<Shared>): Promise<void> => {
  await writeFile(`${file}.new`, JSON.stringify(shared))
  await rename(`${file}.new`, file)
}

/** A run that is killed leaves nobody to end the server. */
const dieWith = (run: number, { pid }: Identity): void => {
  const script = 'while kill -0 $0 && kill -0 $1; do sleep 1; done; kill -9 $1'
  spawn('sh', ['-c', script, String(run), String(pid)], { detached: true, stdio: 'ignore' }).unref()
}
