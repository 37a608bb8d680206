import { readFileSync } from 'node:fs'

/** A transition that Redis makes in one step: nobody sees it half done. */
export type Script = { name: string; lua: string }

/**
 * The scripts of a folder, `<name>.lua` each, by their names. `first` is a file of the same folder that begins every one.
 */
export const scriptsIn = <N extends string>(folder: URL, first: string, names: readonly N[]): Record<N, Script> => {
  const read = (name: string) => readFileSync(new URL(`${name}.lua`, folder), 'utf8')
  const prelude = read(first)
  const scripts = names.map((name): [N, Script] => [name, { name: `${first}_${name}`, lua: prelude + read(name) }])
  return Object.fromEntries(scripts) as Record<N, Script>
}
