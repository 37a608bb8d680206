import { nearest } from '../config/nearest.ts'
import { type Command, common, type Option } from './command.ts'
import { commandNames, loadCommand } from './commands.ts'
import { UsageError } from './failure.ts'

/** The page that `greenroom help` shows: what there is, and where to read on. */
export const overview = async (): Promise<string> => {
  const commands = await Promise.all(commandNames.map((name) => loadCommand(name)))
  const rows = commands.flatMap((command) => (command ? [[command.name, command.about] as const] : []))
  const others = [
    ['help', 'Show this, or the help of a command: greenroom help run'],
    ['completion', 'Print shell completion: greenroom completion bash, zsh or fish'],
  ] as const
  return [
    'Greenroom runs programs that nobody has to trust.',
    '',
    '  greenroom run hello.py                      run a program and see its output',
    '  greenroom list                              see what ran',
    '  greenroom help run                          read on',
    '',
    'Commands:',
    ...aligned([...rows, ...others]),
    '',
    'Options of every command:',
    ...aligned(Object.entries(common).map(optionRow)),
    '',
    "Exit code of run: the program's own; 124 out of time, 137 out of memory, 128+n ended by signal n, 130 cancelled,",
    '125 when Greenroom failed or refused.',
  ].join('\n')
}

/** The help of one command: examples first. */
export const helpOf = ({ name, about, usage, examples, options }: Command<Record<string, Option>>): string =>
  [
    about,
    '',
    'Examples:',
    ...examples.flatMap(([line, says]) => [`  ${line}`, `      ${says}`]),
    '',
    `Usage: greenroom ${name} ${usage}`,
    '',
    'Options:',
    ...aligned(Object.entries({ ...options, ...common }).map(optionRow)),
  ].join('\n')

/** The help that was asked for by `greenroom help [command]`. */
export const helpFor = async (name: string | undefined): Promise<string> => {
  if (name === undefined || name === 'help') return overview()
  if (name === 'completion')
    return 'greenroom completion bash|zsh|fish prints a script; the script says where to put it.'
  const command = await loadCommand(name)
  if (!command) throw new UsageError(unknownCommand(name))
  return helpOf(command)
}

export const unknownCommand = (name: string): string => {
  if (name.startsWith('-')) return `The command comes before its options: greenroom list ${name} …`
  const meant = nearest(name, [...commandNames, 'help', 'completion'])
  return `greenroom has no command "${name}"${meant ? `; did you mean ${meant}?` : '; greenroom help lists them.'}`
}

const optionRow = ([name, { short, value, about, multiple }]: [string, Option]): readonly [string, string] => [
  `${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}${multiple ? '…' : ''}`,
  about,
]

const aligned = (rows: (readonly [string, string])[]): string[] => {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
