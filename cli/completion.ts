import { common, type Option } from './command.ts'
import { commandNames, loadCommand } from './commands.ts'
import { UsageError } from './failure.ts'

type Known = { name: string; about: string; options: [string, Option][] }[]

/** A script that completes commands, options and files in a shell. */
export const completion = async (shell: string | undefined): Promise<string> => {
  const scripts = { bash, zsh, fish }
  if (!Object.hasOwn(scripts, shell ?? ''))
    throw new UsageError('Name your shell: greenroom completion bash, zsh or fish.')
  const commands = await Promise.all(commandNames.map((name) => loadCommand(name)))
  const known = commands.flatMap((command) =>
    command
      ? [{ name: command.name, about: command.about, options: Object.entries({ ...command.options, ...common }) }]
      : [],
  )
  return scripts[shell as keyof typeof scripts](known)
}

const optionsOf = ({ options }: Known[number]) => options.map(([name]) => `--${name}`).join(' ')
const plain = (text: string) => text.replace(/['"`$\\[\]:]/g, '')
const words = (known: Known) => [...known.map(({ name }) => name), 'help', 'completion'].join(' ')

const bash = (known: Known) => `# Put this line into ~/.bashrc:  source <(greenroom completion bash)
_greenroom() {
  local word=\${COMP_WORDS[COMP_CWORD]} options
  case \${COMP_WORDS[1]} in
${known.map((command) => `    ${command.name}) options='${optionsOf(command)}' ;;`).join('\n')}
    completion) options='bash zsh fish' ;;
    help) options='${words(known)}' ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W '${words(known)}' -- "$word"))
  elif [ "\${word#-}" != "$word" ] || [ "\${COMP_WORDS[1]}" != run ]; then COMPREPLY=($(compgen -W "$options" -- "$word"))
  else COMPREPLY=(); fi
}
complete -o default -F _greenroom greenroom`

const zsh = (known: Known) => `#compdef greenroom
# Put this line into ~/.zshrc:  source <(greenroom completion zsh)
_greenroom() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${known.map(({ name, about }) => `      '${name}:${plain(about)}'`).join('\n')}
      'help:Show help' 'completion:Print shell completion'
    )
    _describe command commands
    return
  fi
  case $words[2] in
${known.map((command) => `    ${command.name}) _arguments ${command.options.map(zshOption).join(' ')} '*:file:_files' ;;`).join('\n')}
    completion) compadd bash zsh fish ;;
    help) compadd ${words(known)} ;;
  esac
}
compdef _greenroom greenroom`

const zshOption = ([name, { value, about }]: [string, Option]) =>
  `'--${name}[${plain(about)}]${value ? `:${plain(value)}:_files` : ''}'`

const fish = (known: Known) => `# Put this line into ~/.config/fish/config.fish:  greenroom completion fish | source
complete -c greenroom -n __fish_use_subcommand -f -a help -d 'Show help'
complete -c greenroom -n __fish_use_subcommand -f -a completion -d 'Print shell completion'
${known.flatMap(fishCommand).join('\n')}
complete -c greenroom -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'`

const fishCommand = ({ name, about, options }: Known[number]) => [
  `complete -c greenroom -n __fish_use_subcommand -f -a ${name} -d '${plain(about)}'`,
  ...options.map(
    ([option, { value, about: says }]) =>
      `complete -c greenroom -n '__fish_seen_subcommand_from ${name}' -l ${option}${value ? ' -r' : ''} -d '${plain(says)}'`,
  ),
]
