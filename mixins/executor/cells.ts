import type { Cache } from './cache.ts'
import { COMPILE_DISK_BYTES } from './compile-limits.ts'
import { prepareEtc } from './etc.ts'
import type { Limits, Runtime } from './executor.ts'
import { openPreparations } from './prepare.ts'
import type { Cell } from './profile.ts'
import { reachable } from './reachable.ts'

/** Knows what a sandbox for a runtime shows. */
export interface Cells {
  for(runtime: Runtime, limits: Pick<Limits, 'diskBytes'>): Promise<Cell>
  /** Begins what takes long, in the background. */
  prepare(runtime: Runtime): void
}

export const openCells = async (cache: Cache, agents: string): Promise<Cells> => {
  const etc = await prepareEtc(cache)
  const preparations = openPreparations(cache)
  return {
    for: async (runtime, { diskBytes }) => {
      const mounts: [string, string][] = []
      for (const [host, inside] of runtime.mounts) mounts.push([await reachable(host, cache), inside])
      const { prepare } = runtime
      if (prepare) mounts.push([await preparations.folder(prepare), prepare.inside])
      return { diskBytes: diskBytes + (runtime.compile ? COMPILE_DISK_BYTES : 0), etc, agents, mounts }
    },
    prepare: ({ prepare }) => {
      // That it failed is told to the first run that needs it, for which it is tried again.
      if (prepare) preparations.folder(prepare).catch(() => {})
    },
  }
}
