import { commandFirst, invocation } from './command.ts'
import { loadCommand } from './commands.ts'
import { FAILED, Failure, UsageError } from './failure.ts'
import { helpFor, helpOf, overview, unknownCommand } from './help.ts'
import { complain, ReaderGone, say } from './screen.ts'

const PIPE_CLOSED = 141

/** Runs one command line and returns its exit code; everything that goes wrong becomes one sentence on stderr. */
const main = async ([name, ...args]: string[]): Promise<number> => {
  if (name === undefined) {
    process.stderr.write(`${await overview()}\n`)
    return FAILED
  }
  if (name === 'help' || name === '--help' || name === '-h') return show(await helpFor(args[0]))
  if (name === '--version' || name === '-V') return show(await version())
  if (name === 'completion') return show(await (await import('./completion.ts')).completion(args[0]))
  const command = await loadCommand(name)
  if (!command) throw new UsageError(unknownCommand(name))
  const asked = invocation(command, args)
  return asked.values.help ? show(helpOf(command)) : command.run(asked)
}

const show = async (text: string): Promise<number> => {
  await say(text)
  return 0
}

const version = async (): Promise<string> => {
  const { default: manifest } = await import('../package.json', { with: { type: 'json' } })
  return `greenroom ${manifest.version}`
}

const explain = (error: unknown): number => {
  if (error instanceof ReaderGone) return PIPE_CLOSED
  if (!(error instanceof Failure)) {
    complain(`the command line itself failed: ${(error as Error).stack ?? error}`)
    return FAILED
  }
  complain(error.message)
  return FAILED
}

process.on('uncaughtException', (error) => process.exit(explain(error)))
// Standard input may still be open; there is nothing more to do with it.
process.exit(await main(commandFirst(process.argv.slice(2))).catch(explain))
