import { compileLimits } from './compile-limits.ts'
import type { Limits, Program, Runtime } from './executor.ts'
import { processLimits, type Step } from './job.ts'
import { WORK } from './profile.ts'

const base = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: WORK,
  USER: 'runner',
  LANG: 'C.UTF-8',
  TMPDIR: '/tmp',
}

const environment = (runtime: Runtime) => ({ ...base, ...runtime.env })

/** What a sandbox does for a program from nothing: compile it where it must be, run it. */
export const coldSteps = ({ runtime, limits, entry, args, env }: Program, alone: boolean): Step[] => {
  const filled = (command: readonly string[]) =>
    command.map((word) => word.replaceAll('{entry}', entry).replaceAll('{heapBytes}', `${heapBytes(limits)}`))
  const run = {
    limits: processLimits(limits, alone),
    env: { ...environment(runtime), ...env },
    command: [...filled(runtime.run), ...args],
  }
  if (!runtime.compile) return [run]
  const compiler = {
    limits: processLimits(compileLimits(limits), alone),
    env: environment(runtime),
    command: filled(runtime.compile),
  }
  return [compiler, run]
}

// A little more than the program may have: who runs out of memory is ended by its sandbox, which tells so.
const heapBytes = ({ memoryBytes }: Limits) => Math.ceil(memoryBytes * 1.25)

/** What an interpreter that is up is told: its entry, arguments and environment. */
export const warmSteps = ({ runtime, limits, entry, args, env }: Program): Step[] => [
  { limits: processLimits(limits, false), env: { ...environment(runtime), ...env }, command: [entry, ...args] },
]

/** How an interpreter that will wait is brought up. */
export const interpreterStep = (runtime: Runtime, command: readonly string[]): Step => ({
  limits: [],
  env: environment(runtime),
  command,
})
