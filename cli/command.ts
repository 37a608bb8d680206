import { parseArgs } from 'node:util'
import { nearest } from '../config/nearest.ts'
import { type Api, connectApi } from './api.ts'
import { UsageError } from './failure.ts'

export type Option = {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  readonly multiple?: boolean
  /** How the value is called in the help, for example `FILE`. */
  readonly value?: string
  readonly about: string
}
type Options = Readonly<Record<string, Option>>

type ValueOf<O extends Option> = O['type'] extends 'boolean' ? boolean : O['multiple'] extends true ? string[] : string
export type Values<O extends Options> = { -readonly [K in keyof O]?: ValueOf<O[K]> }

export type Invocation<O extends Options = Options> = {
  values: Values<O & typeof common>
  /** What stands before `--`. */
  positionals: string[]
  /** What stands after `--`. */
  rest: string[]
  api: Api
}

export type Command<O extends Options = Options> = {
  readonly name: string
  /** One sentence, for the list of commands. */
  readonly about: string
  /** What follows the name, for example `<id>…`. */
  readonly usage: string
  /** Whole command lines, the most common first; a test runs over them. */
  readonly examples: readonly (readonly [line: string, about: string])[]
  readonly options: O
  /** Fewest and most positionals. */
  readonly takes: readonly [least: number, most: number]
  /** Returns the exit code. */
  run(invocation: Invocation<O>): Promise<number>
}

/** Options of every command. */
export const common = {
  url: { type: 'string', value: 'URL', about: 'Server to talk to (GREENROOM_URL; default http://127.0.0.1:3000).' },
  help: { type: 'boolean', short: 'h', about: 'Show this help.' },
} as const satisfies Options

/** Keeps the types of a command's options. */
export const command = <const O extends Options>(spec: Command<O>): Command<O> => spec

/** A command line whose command comes first, as it is read here; `--url`, which every command has, may stand before it. */
export const commandFirst = (words: string[]): string[] => {
  const [first = ''] = words
  const count = first === '--url' ? 2 : first.startsWith('--url=') ? 1 : 0
  const name = words[count]
  if (count === 0 || name === undefined) return words
  // A command has these at hand as if they stood behind it; what asks for help needs no server.
  const options = name === 'help' || name.startsWith('-') ? [] : words.slice(0, count)
  return [name, ...options, ...words.slice(count + 1)]
}

/** The words after the command's name, checked; throws UsageError with the sentence that says what is wrong. */
export const invocation = (spec: Command, args: string[]): Invocation => {
  const { values, positionals, rest } = split(spec, args)
  const [least, most] = spec.takes
  const given = positionals.length
  if (!values.help && given < least) throw new UsageError(`Write it as: greenroom ${spec.name} ${spec.usage}`)
  if (!values.help && given > most)
    throw new UsageError(`greenroom ${spec.name} does not know what "${positionals[most]}" is.`)
  if (rest.length > 0 && spec.name !== 'run') throw new UsageError(`greenroom ${spec.name} takes nothing after --.`)
  return { values, positionals, rest, api: connectApi(values.url) }
}

const split = (spec: Command, args: string[]): Pick<Invocation, 'values' | 'positionals' | 'rest'> => {
  const end = args.indexOf('--')
  const own = end < 0 ? args : args.slice(0, end)
  const options: Options = { ...spec.options, ...common }
  try {
    const { values, positionals } = parseArgs({ args: own, options, allowPositionals: true, strict: true })
    return { values: values as Values<typeof common>, positionals, rest: end < 0 ? [] : args.slice(end + 1) }
  } catch (error) {
    throw new UsageError(complaint(spec.name, options, error as NodeJS.ErrnoException))
  }
}

const complaint = (name: string, options: Options, { code, message }: NodeJS.ErrnoException): string => {
  const quoted = /'(-[^' ]*)/.exec(message)?.[1] ?? ''
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const meant = nearest(quoted.replace(/^-+/, ''), Object.keys(options))
    return `${quoted} is not an option of greenroom ${name}${meant ? `; did you mean --${meant}?` : '.'}`
  }
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') {
    const long = /--([\w-]+)/.exec(message)?.[1] ?? ''
    const value = options[long]?.value
    return value ? `--${long} needs a value: --${long} ${value}` : `--${long} takes no value.`
  }
  return message
}
