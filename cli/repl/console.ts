import repl, { type REPLEval, type REPLServer, type ReplOptions } from 'node:repl'
import type { ServiceBroker } from 'moleculer'
import openRepl from 'moleculer-repl'

/** A command of the console, in the form that moleculer-repl takes. */
export type ConsoleCommand = {
  command: string
  alias?: string
  description: string
  options?: { option: string; description: string }[]
  action(broker: ServiceBroker, args: { options: Record<string, unknown> } & Record<string, unknown>): Promise<void>
}

type Given = ReplOptions & { eval: REPLEval }
type Begin = (start: typeof repl.start, given: Given) => REPLServer

const PROMPT = 'greenroom $'

// A bare `nodes` shows our table; Moleculer's own is wider than a terminal and knows nothing of slots.
const translated = (line: string) => (line.trim() === 'nodes' ? 'workers' : line)

/** Opens the console on a terminal. */
export const openConsole = (broker: ServiceBroker, commands: ConsoleCommand[]): void => {
  withStart(broker, commands, (start, given) =>
    start({
      ...given,
      eval(line, context, file, done) {
        given.eval.call(this, translated(line), context, file, done)
      },
    }),
  )
}

/**
 * What the console does with a line, without a terminal; resolves when the command is done. `failed` hears of every line
 * that is no command.
 */
export const evaluator = (
  broker: ServiceBroker,
  commands: ConsoleCommand[],
  failed: () => void = () => {},
): ((line: string) => Promise<void>) => {
  const self = { context: { broker }, on: () => {}, setupHistory: () => {} } as unknown as REPLServer
  let evaluate: Given['eval'] | undefined
  withStart(broker, commands, (_, given) => {
    evaluate = given.eval
    return self
  })
  return async (line) => {
    const { write } = process.stderr
    // moleculer-repl keeps to itself that it does not know a command or an option; it only says so.
    process.stderr.write = function (this: typeof process.stderr, text: string | Uint8Array, ...more: []) {
      if (String(text).startsWith('error: ')) failed()
      return write.call(this, text, ...more)
    } as typeof write
    await new Promise<void>((resolve) => {
      evaluate?.call(self, translated(line), self.context, 'stdin', () => resolve())
    })
    process.stderr.write = write
  }
}

// moleculer-repl hands what it knows to Node's console and to nobody else, so that ours stands there for a moment.
const withStart = (broker: ServiceBroker, commands: ConsoleCommand[], begin: Begin): void => {
  const { start } = repl
  repl.start = ((given: Given) => begin(start, given)) as typeof repl.start
  try {
    openRepl(broker, { delimiter: PROMPT, customCommands: commands as never })
  } finally {
    repl.start = start
  }
}
