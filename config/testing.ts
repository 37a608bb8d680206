import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ServiceBroker, type ServiceSchema } from 'moleculer'
import { attach, type Backends } from '../mixins/backends.ts'
import type { Executor, Limits } from '../mixins/executor/executor.ts'
import { sandboxExecutor } from '../mixins/executor/sandbox.ts'
import { inProcessLocks } from '../mixins/locks/in-process.ts'
import { sqliteQueues } from '../mixins/queue/sqlite.ts'
import type { Offer, Settings } from '../mixins/settings.ts'
import { openDatabase } from '../mixins/sqlite/database.ts'
import { sqliteDocuments } from '../mixins/store/sqlite.ts'
import { sqliteStreams } from '../mixins/streams/sqlite.ts'
import { sqliteTopics } from '../mixins/topics/sqlite.ts'
import { brokerOptions } from './broker.ts'
import { languages } from './languages.ts'
import { defaultLimits, detectLanguages } from './runtimes.ts'
import { wireFidelity } from './wire-fidelity.ts'

const maxima: Limits = {
  wallMs: 3_600_000,
  cpuMs: 60_000,
  memoryBytes: 1 << 30,
  processes: 128,
  outputBytes: 64 << 20,
  diskBytes: 256 << 20,
}

/** A language that workers of tests offer although nothing runs it; for tests in which no program has to run. */
export const imagined: Offer = {
  language: 'python',
  title: 'Python',
  version: '3.11.2',
  aliases: ['py'],
  fileName: 'main.py',
  compiled: false,
  warm: false,
  limits: defaultLimits,
  runtime: { language: 'python', version: '3.11.2', run: ['/nonexistent'], env: {}, mounts: [] },
}

const modest: Settings = {
  host: '127.0.0.1',
  port: 0,
  pageDir: tmpdir(),
  token: null,
  slots: 0,
  queueLimit: 1000,
  userSlots: 0,
  agingMs: 30_000,
  retentionDays: 0,
  letterRetentionDays: 0,
  drainMs: 0,
  maxima,
  artifacts: { mostFiles: 20, mostBytes: 4 << 20 },
  offers: [imagined],
  examples: [],
  trustedOnly: false,
  version: '0.0.0',
}

/** What runs programs in tests: the sandbox of this machine, opened; `refusal` says why there is none. */
export type Machine = { executor: Executor; offers: Offer[]; refusal: string | null; close(): Promise<void> }

/** Opens the sandbox with a language; tests that need it are skipped by name where this machine has none. */
export const openMachine = async (language = 'python'): Promise<Machine> => {
  const directory = mkdtempSync(join(tmpdir(), 'greenroom-machine-'))
  const cacheDir = process.getuid?.() === 0 ? '/var/cache/greenroom' : join(directory, 'cache')
  const { runtimes } = await detectLanguages(languages.filter(({ id }) => id === language))
  const dataDir = join(directory, 'sandbox')
  const executor = sandboxExecutor({ dataDir, cacheDir, concurrency: 8, limitsBy: 'cgroups' })
  const missing = runtimes.length === 0 ? `${language} is not installed.` : null
  const refusal = await executor.open().then(
    () => missing,
    (error: Error) => error.message,
  )
  const close = async () => {
    await executor.close()
    rmSync(directory, { recursive: true, force: true })
  }
  return { executor, offers: runtimes, refusal, close }
}

// Refuses every program; for tests in which none has to run.
const closed = sandboxExecutor({
  dataDir: '/nonexistent',
  cacheDir: '/nonexistent',
  concurrency: 1,
  limitsBy: 'cgroups',
})

export type Actors = {
  readonly broker: ServiceBroker
  readonly backends: Backends
  /** Stops everything and starts it anew on the same data. */
  restart(change?: Partial<Settings>): Promise<void>
  /** Stops everything and removes its data. */
  discard(): Promise<void>
}

type Options = { settings?: Partial<Settings>; machine?: Machine }

const open = (directory: string, settings: Partial<Settings>, machine: Machine | undefined): Backends => {
  const database = openDatabase(join(directory, 'greenroom.db'))
  const topics = sqliteTopics(database)
  return {
    topics,
    queue: sqliteQueues(database),
    store: sqliteDocuments(database, topics),
    streams: sqliteStreams(database, { withStore: true }),
    locks: inProcessLocks(),
    inOrder: true,
    health: () => [],
    executor: machine?.executor ?? closed,
    settings: { ...modest, ...(machine && { offers: machine.offers, slots: 4 }), ...settings },
    close: () => database.close(),
  }
}

const languagesOf = (broker: ServiceBroker) => broker.call<unknown[]>('coordinator.runtimes')

const start = async (services: ServiceSchema[], backends: Backends): Promise<ServiceBroker> => {
  const options = { ...brokerOptions({ logLevel: null }), middlewares: [wireFidelity] }
  const broker = new ServiceBroker({ ...options, registry: { preferLocal: true, stopDelay: 0 } } as typeof options)
  attach(broker, backends)
  for (const service of services) broker.createService(service)
  await broker.start()
  const has = (wanted: string) => services.some(({ name }) => name === wanted)
  // A candidate is there before it leads, and a worker before it is known.
  if (has('coordinator-candidate')) await broker.waitForServices('coordinator')
  while (has('coordinator-candidate') && has('runs') && (await languagesOf(broker)).length === 0) await pause(5)
  return broker
}

/**
 * The given services as they run in the product, in this process, on a data directory of their own. Without a machine
 * the worker has no slots, so that runs are accepted and wait.
 */
export const startActors = async (
  services: ServiceSchema[],
  { settings = {}, machine }: Options = {},
): Promise<Actors> => {
  const directory = mkdtempSync(join(tmpdir(), 'greenroom-actors-'))
  let backends = open(directory, settings, machine)
  let broker = await start(services, backends)
  const stop = async () => {
    await broker.stop()
    await backends.close()
  }
  return {
    get broker() {
      return broker
    },
    get backends() {
      return backends
    },
    async restart(change = {}) {
      await stop()
      backends = open(directory, { ...settings, ...change }, machine)
      broker = await start(services, backends)
    },
    async discard() {
      await stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
