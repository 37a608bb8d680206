/** States in the order in which a run enters them; the last four are final. */
export const STATES = ['queued', 'scheduled', 'running', 'succeeded', 'failed', 'timed_out', 'cancelled'] as const
export const FINAL_STATES = ['succeeded', 'failed', 'timed_out', 'cancelled'] as const
export const CAUSES = [
  'exit',
  'signal',
  'oom',
  'wall_timeout',
  'cpu_timeout',
  'output_limit',
  'disk_limit',
  'process_limit',
  'compile',
  'cancelled',
  'infrastructure',
] as const
/** Priorities, the most urgent first: the index is the rank. */
export const PRIORITIES = ['critical', 'high', 'normal', 'low', 'idle'] as const
export const LIMITS = ['wallMs', 'cpuMs', 'memoryBytes', 'processes', 'outputBytes', 'diskBytes'] as const

export type State = (typeof STATES)[number]
export type Cause = (typeof CAUSES)[number]
export type Priority = (typeof PRIORITIES)[number]
export type LimitName = (typeof LIMITS)[number]

const count = { type: 'number', integer: true, min: 0 } as const
const positive = { type: 'number', integer: true, min: 1, optional: true } as const
const text = { type: 'string' } as const
const time = { type: 'string' } as const

/** Requested limits; what is left out gets the language's default. */
export const requestedLimits = {
  wallMs: positive,
  cpuMs: positive,
  memoryBytes: positive,
  processes: positive,
  outputBytes: positive,
  diskBytes: positive,
} as const

export const effectiveLimits = {
  wallMs: count,
  cpuMs: count,
  memoryBytes: count,
  processes: count,
  outputBytes: count,
  diskBytes: count,
} as const

const encoding = { type: 'enum', values: ['utf8', 'base64'], optional: true } as const

/** What a user asks to be run. */
export const submission = {
  $$strict: true,
  language: { type: 'string', min: 1, max: 64 },
  version: { type: 'string', min: 1, max: 64, optional: true },
  source: { type: 'string', optional: true },
  files: {
    type: 'array',
    min: 1,
    optional: true,
    items: { type: 'object', strict: true, props: { path: { type: 'string', min: 1 }, content: text, encoding } },
  },
  entry: { type: 'string', min: 1, optional: true },
  args: { type: 'array', items: { type: 'string' }, optional: true },
  stdin: {
    type: 'multi',
    rules: [{ type: 'string' }, { type: 'object', strict: true, props: { content: { type: 'string' }, encoding } }],
    optional: true,
  },
  interactive: { type: 'boolean', optional: true },
  env: { type: 'record', key: { type: 'string', min: 1 }, value: { type: 'string' }, optional: true },
  limits: { type: 'object', strict: true, props: requestedLimits, optional: true },
  priority: { type: 'enum', values: PRIORITIES, optional: true },
  labels: { type: 'record', key: { type: 'string', min: 1 }, value: { type: 'string', max: 256 }, optional: true },
  retries: { type: 'number', integer: true, min: 0, max: 10, optional: true },
  artifacts: { type: 'object', strict: true, props: { directory: { type: 'string', min: 1 } }, optional: true },
} as const

const perStream = <const R>(rule: R) => ({ type: 'object', props: { stdout: rule, stderr: rule } }) as const

/** A run as it appears in a list: everything but its output. */
export const executionSummary = {
  id: text,
  state: { type: 'enum', values: STATES },
  cause: { type: 'enum', values: CAUSES, nullable: true },
  language: text,
  version: text,
  exitCode: { type: 'number', integer: true, nullable: true },
  signal: { type: 'string', nullable: true },
  attempt: count,
  retryOf: { type: 'string', nullable: true },
  priority: { type: 'enum', values: PRIORITIES },
  interactive: { type: 'boolean' },
  createdAt: time,
  startedAt: { type: 'string', nullable: true },
  finishedAt: { type: 'string', nullable: true },
  outputBytes: perStream(count),
  truncated: perStream({ type: 'boolean' }),
  usage: {
    type: 'object',
    nullable: true,
    props: {
      wallMs: { type: 'number' },
      cpuUserMs: { type: 'number' },
      cpuSystemMs: { type: 'number' },
      memoryPeakBytes: count,
      processesPeak: count,
    },
  },
  limits: { type: 'object', props: effectiveLimits },
  exceeded: {
    type: 'object',
    nullable: true,
    props: {
      limit: { type: 'enum', values: LIMITS },
      value: { type: 'number' },
      observed: { type: 'number' },
      setting: text,
    },
  },
  message: text,
  timeline: {
    type: 'array',
    items: {
      type: 'object',
      props: { at: time, event: text, node: { type: 'string', nullable: true }, attempt: count },
    },
  },
  labels: { type: 'record', key: { type: 'string' }, value: { type: 'string' } },
} as const

/** What a worker needs for one attempt: the program, its bounds, and the keys of what it leaves and is sent. */
export const order = {
  attempt: { type: 'number', integer: true, min: 1 },
  language: { type: 'string' },
  version: { type: 'string' },
  limits: { type: 'object', props: effectiveLimits },
  interactive: { type: 'boolean' },
  submission: { type: 'object', props: submission },
  output: { type: 'string' },
  input: { type: 'string' },
  artifacts: { type: 'string' },
} as const

/** A file that a run has handed out, by its path in the folder that was declared. */
export const artifact = { path: text, sizeBytes: count } as const

/** A run with a preview of its output, what it has handed out and, while it waits, the reason. */
export const executionView = {
  ...executionSummary,
  stdout: text,
  stderr: text,
  artifacts: { type: 'array', nullable: true, items: { type: 'object', props: artifact } },
  artifactsNote: { type: 'string', nullable: true },
  waiting: { type: 'object', nullable: true, props: { position: count, reason: text } },
} as const
