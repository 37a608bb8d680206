import { readFileSync } from 'node:fs'
import { kernelLibrary } from './kernel-library.ts'

/** Moves processes to other CPUs than the one that this thread is on. */
export type MoveAside = (pids: readonly number[]) => void

type Call = (...values: unknown[]) => number
type Library = { func(declaration: string): Call }
type Koffi = { exports: { load(path: null): Library } }

// For 1,024 CPUs, as the set of the C library.
const SET_BYTES = 128

/**
 * Whoever is woken by one that goes on itself often has to wait for it, on its CPU, though another is idle: to a virtual
 * machine its idle CPUs look as if somebody else had them. Does nothing where there is one CPU, or no way to call the kernel.
 */
export const openAside = (): MoveAside => {
  const calls = load()
  const ours = Buffer.alloc(SET_BYTES)
  if (calls?.get(0, SET_BYTES, ours) !== 0) return () => {}
  const { current, set } = calls
  return (pids) => {
    const others = without(ours, current())
    // One that has ended meanwhile is nobody's concern.
    if (others.some((byte) => byte !== 0)) for (const pid of pids) set(pid, SET_BYTES, others)
  }
}

const load = () => {
  const found = kernelLibrary()
  if (!found) return null
  const koffi = { exports: {} } as Koffi
  try {
    process.dlopen(koffi, found.path)
    const library = koffi.exports.load(null)
    return {
      current: library.func('int sched_getcpu()'),
      get: library.func('int sched_getaffinity(int, size_t, void *)'),
      set: library.func('int sched_setaffinity(int, size_t, const void *)'),
    }
  } catch {
    // Made for another C library.
    return null
  }
}

const without = (cpus: Buffer, cpu: number): Buffer => {
  const others = Buffer.from(cpus)
  others[cpu >> 3]! &= ~(1 << (cpu & 7))
  return others
}

/** The process that a program will have in a sandbox that waits, which can be moved aside until it begins. */
export class Aside {
  readonly #move: MoveAside
  readonly #first: number
  #pids: number[] = []

  /** `first` is the first process, as the host numbers it. */
  constructor(move: MoveAside, first: number) {
    this.#move = move
    this.#first = first
  }

  /** To be called once it is there, and before there is any haste. */
  learn(): void {
    this.#pids = childrenOf(this.#first)
  }

  move(): void {
    this.#move(this.#pids)
  }
}

const childrenOf = (pid: number): number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').map(Number).filter(Boolean)
  } catch {
    // It has ended, or the kernel does not tell.
    return []
  }
}
