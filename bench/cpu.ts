import { readdirSync, readFileSync } from 'node:fs'

// The kernel counts in hundredths of a second on every Linux that Node runs on.
const TICK_MS = 10

type Times = { pid: number; parent: number; ms: number }

/** CPU time (ms) that a process, its descendants and those of them that have ended have used so far. */
export const cpuOfTree = (root: number): number => {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => timesOf(Number(name)))
  const tree = new Set([root])
  for (let size = 0; size < tree.size; ) {
    size = tree.size
    for (const { pid, parent } of all) if (tree.has(parent)) tree.add(pid)
  }
  return all.reduce((sum, { pid, ms }) => sum + (tree.has(pid) ? ms : 0), 0)
}

/**
 * CPU time (ms) that all processes of this machine but this one have used so far. On a machine that does nothing else it
 * counts what no tree of processes does: those that died with their namespace, whose time the kernel adds to nobody's.
 */
export const cpuOfOthers = (): number => {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = readFileSync('/proc/stat', 'utf8')
    .slice('cpu '.length, 200)
    .trim()
    .split(/\s+/)
    .map(Number)
  const own = process.cpuUsage()
  return (user + nice + system + irq + softirq) * TICK_MS - (own.user + own.system) / 1000
}

const timesOf = (pid: number): Times[] => {
  try {
    const fields = fieldsOf(String(pid))
    const [parent = 0] = fields.slice(1)
    return [{ pid, parent, ms: fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0) * TICK_MS }]
  } catch {
    // It has ended since the folder was read; its parent has its time.
    return []
  }
}

// What stands behind the name, which may hold anything; the first is the state.
const fieldsOf = (process: string): number[] => {
  const text = readFileSync(`/proc/${process}/stat`, 'utf8')
  return text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
}
