import { globSync, readFileSync } from 'node:fs'
import { openCgroups } from './open.ts'

const cgroups = await openCgroups().catch((error: Error) => error)
const here = cgroups instanceof Error ? describe.skip : describe

afterAll(async () => {
  if (!(cgroups instanceof Error)) await cgroups.close()
})

const MiB = 1 << 20

/** The numbers that the kernel holds of the bounds of one group of this process. */
const heldOf = (name: string): Record<string, number[]> => {
  const held = (file: string) =>
    globSync(`/sys/fs/cgroup/**/greenroom-${process.pid}-*/${name}/${file}`).map((path) =>
      Number(readFileSync(path, 'utf8')),
    )
  return { memory: held('memory.{limit_in_bytes,memsw.limit_in_bytes,max}'), processes: held('pids.max') }
}

here('the bounds of a group that waits', () => {
  it('rise and fall to those of the program that comes', async () => {
    if (cgroups instanceof Error) return
    const group = cgroups.create({ memoryBytes: 64 * MiB, processes: 9 }, 'wait')
    for (const [size, processes] of [
      [64, 9],
      [128, 9],
      [32, 5],
      [64, 7],
    ] as const) {
      group.bound({ memoryBytes: size * MiB, processes })
      const { memory, processes: most } = heldOf(group.name)
      expect([new Set(memory), most]).toEqual([new Set([size * MiB]), [processes]])
    }
    await group.remove()
  })
})
