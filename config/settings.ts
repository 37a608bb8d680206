import { availableParallelism, homedir } from 'node:os'
import { resolve } from 'node:path'
import { addresses, brokerList, serviceNames } from './addresses.ts'
import { integer, matching, oneOf, type Setting, setting, yesOrNo } from './setting.ts'

const MiB = 1024 ** 2
const GiB = 1024 ** 3
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** The folder that holds this checkout, wherever the process was started. */
export const checkout = resolve(import.meta.dirname, '..')

/** Every setting of Greenroom, one row each; nothing else about it can be set from the environment. */
export const settings = {
  host: setting({
    name: 'GREENROOM_HOST',
    parse: matching(/^[\w.:-]{1,253}$/, 'an IP address or a host name'),
    default: '127.0.0.1',
    description: 'Address the server listens on. Any address but loopback needs `GREENROOM_TOKEN`.',
  }),
  port: setting({
    name: 'GREENROOM_PORT',
    parse: integer(1, 65_535),
    default: 3000,
    description: 'Port the server listens on.',
  }),
  dataDir: setting({
    name: 'GREENROOM_DATA',
    parse: (text) => resolve(text),
    default: resolve(checkout, '.data'),
    defaultText: '`.data` in the checkout',
    description: 'Directory that holds everything Greenroom keeps.',
  }),
  token: setting<string | null>({
    name: 'GREENROOM_TOKEN',
    parse: matching(/^[\x21-\x7e]{32,}$/, 'at least 32 printable characters without spaces'),
    default: null,
    defaultText: 'none',
    description: 'Bearer token that every request must carry. Required on any address but loopback.',
    secret: true,
  }),
  natsUrl: setting<string | null>({
    name: 'GREENROOM_NATS_URL',
    parse: addresses('nats:', 'tls:'),
    default: null,
    defaultText: 'none: one process',
    description: 'NATS server over which nodes call each other: `nats://HOST:PORT`; several with commas.',
    secret: true,
  }),
  redisUrl: setting<string | null>({
    name: 'GREENROOM_REDIS_URL',
    parse: addresses('redis:', 'rediss:'),
    default: null,
    defaultText: 'none: the data file',
    description: 'Redis server for queues, output streams and leases: `redis://HOST:PORT`.',
    secret: true,
  }),
  mongodbUrl: setting<string | null>({
    name: 'GREENROOM_MONGODB_URL',
    parse: addresses('mongodb:', 'mongodb+srv:'),
    default: null,
    defaultText: 'none: the data file',
    description: 'MongoDB server that holds the record of every run: `mongodb://HOST:PORT/DATABASE`.',
    secret: true,
  }),
  kafkaBrokers: setting<string | null>({
    name: 'GREENROOM_KAFKA_BROKERS',
    parse: brokerList,
    default: null,
    defaultText: 'none: the data file',
    description:
      'Kafka brokers for the topics of facts: `HOST:PORT`, several with commas, or `kafka://USER:PASSWORD@HOST:PORT,HOST:PORT?sasl=plain` (`scram-sha-256`, `scram-sha-512`; `kafkas://` for TLS).',
    secret: true,
  }),
  services: setting<readonly string[] | null>({
    name: 'GREENROOM_SERVICES',
    parse: serviceNames,
    default: null,
    defaultText: 'all',
    description:
      'Services that this node runs, with commas; any but all of them need NATS, Redis, MongoDB and Kafka, which nodes share.',
  }),
  node: setting<string | null>({
    name: 'GREENROOM_NODE',
    parse: matching(/^[a-z][\w+-]{0,62}$/, 'a lower-case letter, then letters, digits, `-`, `_` and `+`'),
    default: null,
    defaultText: 'from the process',
    description: 'Name of this node on its machine, e.g. `runs-2`; no other node there may have it.',
  }),
  executor: setting({
    name: 'GREENROOM_EXECUTOR',
    parse: oneOf('sandbox'),
    default: 'sandbox',
    description: 'What runs the programs: `sandbox` runs them on this machine, each in its own namespaces.',
  }),
  slots: setting({
    name: 'GREENROOM_SLOTS',
    parse: integer(1, 10_000),
    default: Math.max(4, 2 * availableParallelism()),
    defaultText: 'twice the cores, at least 4',
    description: 'Runs that this node executes at the same time.',
  }),
  queueLimit: setting({
    name: 'GREENROOM_QUEUE_LIMIT',
    parse: integer(1, 1_000_000),
    default: 1000,
    description: 'Runs that may wait; one more is refused with 429.',
  }),
  userSlots: setting({
    name: 'GREENROOM_USER_SLOTS',
    parse: integer(0, 10_000),
    default: 0,
    description: 'Runs that one user may have executing at the same time; 0 is as many as there are slots.',
  }),
  agingMs: setting({
    name: 'GREENROOM_AGING_MS',
    parse: integer(100, DAY_MS),
    default: 30_000,
    description: 'Waiting time after which a run counts as one priority higher.',
  }),
  retentionDays: setting({
    name: 'GREENROOM_RETENTION_DAYS',
    parse: integer(0, 36_500),
    default: 30,
    description: 'Days that an ended run and its output are kept; 0 keeps them for ever.',
  }),
  letterRetentionDays: setting({
    name: 'GREENROOM_LETTER_RETENTION_DAYS',
    parse: integer(0, 36_500),
    default: 90,
    description:
      'Days that a dead letter is kept after somebody has decided about it; 0 keeps it for ever. Open ones always stay.',
  }),
  logLevel: setting({
    name: 'GREENROOM_LOG_LEVEL',
    parse: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace'),
    default: 'info',
    description: 'Least severe log line that is written: `fatal`, `error`, `warn`, `info`, `debug` or `trace`.',
  }),
  drainMs: setting({
    name: 'GREENROOM_DRAIN_MS',
    parse: integer(0, HOUR_MS),
    default: 10_000,
    description: 'How long a stopping node waits for its runs before it hands them back to start again elsewhere.',
  }),
  cacheDir: setting({
    name: 'GREENROOM_CACHE',
    parse: (text) => resolve(text),
    default: process.getuid?.() === 0 ? '/var/cache/greenroom' : resolve(homedir(), '.cache/greenroom'),
    defaultText: '`/var/cache/greenroom` for root, else `~/.cache/greenroom`',
    description: 'Directory for copies of runtimes and prepared files, shared by all that Greenroom runs here.',
  }),
  compileCacheBytes: setting({
    name: 'GREENROOM_COMPILE_CACHE_BYTES',
    parse: integer(0, 1024 * GiB),
    default: 256 * MiB,
    description:
      'Room in the data directory for compiled programs, kept for the next run of the same sources; 0 is none.',
  }),
  warmBytes: setting({
    name: 'GREENROOM_WARM_BYTES',
    parse: integer(0, 1024 * GiB),
    default: 256 * MiB,
    description:
      'Memory for sandboxes that wait with their interpreter up, so that programs start at once; 0 runs every program from nothing.',
  }),
  unsafeTrustedOnly: setting({
    name: 'GREENROOM_UNSAFE_TRUSTED_ONLY',
    parse: yesOrNo,
    default: false,
    description: 'Runs programs even where this machine cannot isolate them. Only for programs you trust.',
  }),
  maxWallMs: setting({
    name: 'GREENROOM_MAX_WALL_MS',
    parse: integer(100, 7 * DAY_MS),
    default: 3_600_000,
    description: 'Highest `limits.wallMs` that a request may ask for.',
  }),
  maxCpuMs: setting({
    name: 'GREENROOM_MAX_CPU_MS',
    parse: integer(100, 7 * DAY_MS),
    default: 3_600_000,
    description: 'Highest `limits.cpuMs` that a request may ask for.',
  }),
  maxMemoryBytes: setting({
    name: 'GREENROOM_MAX_MEMORY_BYTES',
    parse: integer(16 * MiB, 1024 * GiB),
    default: 2 * GiB,
    description: 'Highest `limits.memoryBytes` that a request may ask for.',
  }),
  maxProcesses: setting({
    name: 'GREENROOM_MAX_PROCESSES',
    parse: integer(1, 100_000),
    default: 512,
    description: 'Highest `limits.processes` that a request may ask for.',
  }),
  maxOutputBytes: setting({
    name: 'GREENROOM_MAX_OUTPUT_BYTES',
    parse: integer(1024, 64 * GiB),
    default: 256 * MiB,
    description: 'Highest `limits.outputBytes` that a request may ask for.',
  }),
  maxDiskBytes: setting({
    name: 'GREENROOM_MAX_DISK_BYTES',
    parse: integer(MiB, 1024 * GiB),
    default: GiB,
    description: 'Highest `limits.diskBytes` that a request may ask for.',
  }),
  maxArtifacts: setting({
    name: 'GREENROOM_MAX_ARTIFACTS',
    parse: integer(1, 1000),
    default: 100,
    description:
      'Files that a run may hand out of the folder it declares as `artifacts`; the rest is left out and told.',
  }),
  maxArtifactBytes: setting({
    name: 'GREENROOM_MAX_ARTIFACT_BYTES',
    parse: integer(1024, GiB),
    default: 16 * MiB,
    description:
      'Bytes that the files a run hands out may have together; a file that does not fit is left out and told.',
  }),
} satisfies Record<string, { name: Setting['name'] }>
