import { readdirSync, readFileSync } from 'node:fs'

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It has ended while we looked.
    return ''
  }
}

const pids = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name))

/** Processes of this machine whose command line holds a marker; sandboxes hide nothing from outside. */
export const alive = (marker: string): number[] =>
  pids()
    .filter((pid) => read(`/proc/${pid}/cmdline`).includes(marker))
    .map(Number)

/** Every process below one, by parent. */
export const descendants = (pid: number): number[] => {
  const parents = pids().map((child) => [Number(child), parentOf(child)] as const)
  const below = (parent: number): number[] =>
    parents.filter(([, of]) => of === parent).flatMap(([child]) => [child, ...below(child)])
  return below(pid)
}

const parentOf = (pid: string) => {
  const stat = read(`/proc/${pid}/stat`)
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

/** Resident memory of a process in bytes, 0 when it is gone. */
export const residentBytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024
