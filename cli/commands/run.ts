import { randomUUID } from 'node:crypto'
import { type Api, patiently } from '../api.ts'
import { saveArtifacts } from '../artifacts.ts'
import { command, type Invocation, type Option } from '../command.ts'
import { exitCodeOf } from '../exit-code.ts'
import { Failure, UsageError } from '../failure.ts'
import { forwardInput, hasInput } from '../input.ts'
import { onInterrupt } from '../interrupt.ts'
import { onSave } from '../on-save.ts'
import { complain, ReaderGone, remark, say } from '../screen.ts'
import { submissionOf } from '../submission.ts'
import { cancel, sumUp, watch } from '../watching.ts'
import type { Execution, Submission } from '../wire.ts'

const PIPE_CLOSED = 141
const CANCELLED = 130
const PATIENCE_MS = 10_000

export const runOptions = {
  language: {
    type: 'string',
    short: 'l',
    value: 'NAME',
    about: 'Language, when the file name does not tell: python, js, go@1.22…',
  },
  version: { type: 'string', value: 'VERSION', about: 'Version of the language, or the beginning of one: 3.11.' },
  entry: { type: 'string', value: 'FILE', about: 'File to start; else the first one.' },
  stdin: { type: 'string', value: 'TEXT|@FILE', about: 'Input of the program, instead of what is piped or typed.' },
  env: {
    type: 'string',
    short: 'e',
    multiple: true,
    value: 'NAME=VALUE',
    about: 'Environment variable of the program; may be repeated.',
  },
  wall: { type: 'string', value: 'TIME', about: 'Longest running time: 500ms, 5s, 2m.' },
  cpu: { type: 'string', value: 'TIME', about: 'Most processor time, of all its processes together.' },
  memory: { type: 'string', value: 'SIZE', about: 'Most memory: 128M, 1G.' },
  processes: { type: 'string', value: 'COUNT', about: 'Most processes and threads.' },
  output: { type: 'string', value: 'SIZE', about: 'Most output, stdout and stderr together.' },
  disk: { type: 'string', value: 'SIZE', about: 'Most disk space.' },
  label: { type: 'string', multiple: true, value: 'NAME=VALUE', about: 'Label to find the run by; may be repeated.' },
  priority: { type: 'string', value: 'NAME', about: 'critical, high, normal, low or idle.' },
  retries: { type: 'string', value: 'COUNT', about: 'Attempts after one that Greenroom itself lost.' },
  artifacts: {
    type: 'string',
    value: 'DIR',
    about: 'Folder that the program leaves files in; they are saved in ours of that name.',
  },
  json: { type: 'boolean', about: 'Print one JSON object, the run when it has ended, and nothing else.' },
  quiet: {
    type: 'boolean',
    short: 'q',
    about: 'Nothing on stderr but what the program writes, unless Greenroom fails.',
  },
  watch: { type: 'boolean', short: 'w', about: 'Run again whenever a file is saved; Ctrl-C ends.' },
} as const satisfies Record<string, Option>

type Run = Invocation<typeof runOptions>

export default command({
  name: 'run',
  about: 'Run a program and show its output as it comes.',
  usage: 'FILE… [options] [-- ARGUMENT…]',
  takes: [1, 1000],
  examples: [
    ['greenroom run hello.py', 'run a program; its exit code becomes that of the command'],
    ['greenroom run hello.py -- one two', 'give it arguments'],
    ['echo 21 | greenroom run double.py', 'give it input'],
    ['greenroom run hello.py --wall 5s --memory 128M', 'set limits'],
    ['greenroom run main.py util.py', 'run several files, the first one starts'],
    ['echo "print(1)" | greenroom run - --language python', 'run a program from a pipe'],
    ['greenroom run hello.py --artifacts out', 'save the files that it leaves in out'],
    ['greenroom run hello.py --json', 'one JSON object for scripts'],
  ],
  options: runOptions,
  async run(invocation) {
    return invocation.values.watch ? again(invocation) : once(invocation)
  },
})

const once = async ({ api, positionals, values, rest }: Run, interrupted?: AbortSignal): Promise<number> => {
  const body: Submission = await submissionOf(api, positionals, values, rest)
  const interactive = values.stdin === undefined && !positionals.includes('-') && !values.watch && hasInput()
  const headers = { 'idempotency-key': randomUUID() }
  const stopping = stopRequest(interrupted)
  try {
    const accept = () => api.post<Execution>('/executions', { body: { ...body, interactive }, headers })
    const { id } = await patiently(accept, PATIENCE_MS)
    void stopping.asked.then(() => cancel(api, id))
    return await attend(api, id, interactive, values)
  } finally {
    stopping.forget()
  }
}

const attend = async (api: Api, id: string, interactive: boolean, values: Run['values']): Promise<number> => {
  const quiet = values.quiet === true || values.json === true
  const watching = watch(api, id, { streams: values.json ? [] : ['stdout', 'stderr'], quiet })
  const failing = interactive ? forwardInput(api, id).then(() => watching) : watching
  try {
    const execution = await Promise.race([watching, failing])
    if (values.json) await say(JSON.stringify(execution))
    else sumUp(execution, quiet)
    if (values.artifacts !== undefined) await saveArtifacts(api, execution, values.artifacts, quiet)
    return exitCodeOf(execution)
  } catch (error) {
    await cancel(api, id)
    if (error instanceof ReaderGone) return PIPE_CLOSED
    throw error
  }
}

// A wish to stop, from the keyboard or from --watch, that may come before there is anything to cancel.
const stopRequest = (also?: AbortSignal) => {
  let stop = () => {}
  const asked = new Promise<void>((resolve) => {
    stop = resolve
  })
  also?.addEventListener('abort', stop)
  return { asked, forget: also ? () => {} : onInterrupt(stop) }
}

// A file that is half saved, or a server that restarts, must not end the watching.
const tell = (error: unknown): void => {
  if (!(error instanceof Failure)) throw error
  complain(error.message)
}

const again = async (invocation: Run): Promise<number> => {
  if (invocation.values.json) throw new UsageError('--watch and --json do not go together.')
  if (invocation.positionals.includes('-')) throw new UsageError('--watch needs files; a pipe cannot be read again.')
  const saves = onSave(invocation.positionals)
  let left = false
  const forget = onInterrupt(() => {
    left = true
    saves.stop()
  })
  while (!left) {
    const run = new AbortController()
    const saved = saves.next().then(() => run.abort())
    await once(invocation, run.signal).catch(tell)
    if (!left) remark('waiting for a change; Ctrl-C ends')
    await saved
  }
  forget()
  return CANCELLED
}
