import type { Command, Option } from './command.ts'

type Load = () => Promise<{ default: unknown }>

// Loaded one by one: `greenroom run` must not wait for the others.
const loaders = {
  run: () => import('./commands/run.ts'),
  list: () => import('./commands/list.ts'),
  show: () => import('./commands/show.ts'),
  logs: () => import('./commands/logs.ts'),
  cancel: () => import('./commands/cancel.ts'),
  retry: () => import('./commands/retry.ts'),
  delete: () => import('./commands/delete.ts'),
  runtimes: () => import('./commands/runtimes.ts'),
} satisfies Record<string, Load>

/** Names of all commands that talk to the server. */
export const commandNames = Object.keys(loaders)

/** A command by its name; null when there is none. */
export const loadCommand = async (name: string): Promise<Command<Record<string, Option>> | null> => {
  if (!Object.hasOwn(loaders, name)) return null
  const load: Load = loaders[name as keyof typeof loaders]
  return (await load()).default as Command<Record<string, Option>>
}
