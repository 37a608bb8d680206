import { argument, assemble, give, JUMP_EQUAL, load, NUMBER, when } from './bpf.ts'
import { ALLOW, NOT_PERMITTED, syscallsOf } from './filter.ts'

const DONT_FORK = 10
// The caller is told that it was done.
const DONE = 0x00050000

/**
 * The filter of fork servers, which protects nothing: it lets a server be what its forks can be. They get all of its memory,
 * also where an engine asks the kernel to leave its heap out, as V8 does to start children sooner; and no ring for
 * requests, which they could not go on with.
 */
export const forkServerFilter = (machine: string): Buffer => {
  const { madvise, io_uring_setup: ring } = syscallsOf(machine)
  return assemble([
    ...load(NUMBER),
    ...when(JUMP_EQUAL, ring!, give(NOT_PERMITTED)),
    ...when(JUMP_EQUAL, madvise!, [...load(argument(2)), ...when(JUMP_EQUAL, DONT_FORK, give(DONE))]),
    ...give(ALLOW),
  ])
}
