import { readFileSync } from 'node:fs'
import {
  ARCHITECTURE,
  argument,
  assemble,
  either,
  give,
  type Instruction,
  JUMP_ANY_BIT,
  JUMP_AT_LEAST,
  JUMP_EQUAL,
  load,
  NUMBER,
  when,
} from './bpf.ts'
import { absent, denied } from './denied.ts'

export type Machine = 'x64' | 'arm64'
export type Table = Readonly<Record<string, number>>

const tables: Record<Machine, Table> = JSON.parse(readFileSync(new URL('./syscalls.json', import.meta.url), 'utf8'))
const audit: Record<Machine, number> = { x64: 0xc000003e, arm64: 0xc00000b7 }

/** What the kernel does with a call. Numbers of errors are the same on both machines. */
export const ALLOW = 0x7fff0000
export const KILL = 0x80000000
const refuse = (errno: number) => 0x00050000 | errno
export const NOT_PERMITTED = refuse(1)
export const NOT_IMPLEMENTED = refuse(38)
export const NO_SUCH_FAMILY = refuse(97)

const NEW_NAMESPACE = 0x7e020000
const X32 = 0x40000000
const UNIX = 1
const INET = 2
const INET6 = 10
const NETLINK = 16

/** System call numbers of a machine by name; throws for machines Greenroom has no table for. */
export const syscallsOf = (machine: string): Table => {
  const table = tables[machine as Machine]
  if (!table) throw new TypeError(`No system call table for ${machine}: Greenroom runs on x64 and arm64.`)
  return table
}

/** The filter that every program runs under: calls by number, a few by argument, unknown ones answered as not implemented. */
export const seccompFilter = (machine: string): Buffer => {
  const table = syscallsOf(machine)
  return assemble([
    ...load(ARCHITECTURE),
    { code: JUMP_EQUAL, jt: 1, jf: 0, k: audit[machine as Machine] },
    ...give(KILL),
    ...load(NUMBER),
    ...(machine === 'x64' ? when(JUMP_AT_LEAST, X32, give(NOT_IMPLEMENTED)) : []),
    ...argumentRules(table),
    ...search(ranges(table)),
  ])
}

const argumentRules = (table: Table): Instruction[] =>
  Object.entries(rules).flatMap(([name, rule]) => (name in table ? when(JUMP_EQUAL, table[name]!, rule) : []))

const oneOf = (values: number[], verdict: number): Instruction[] =>
  values.flatMap((value) => when(JUMP_EQUAL, value, give(verdict)))

const rules: Record<string, Instruction[]> = {
  clone: [...load(argument(0)), ...either(JUMP_ANY_BIT, NEW_NAMESPACE, give(NOT_PERMITTED), give(ALLOW))],
  // AF_VSOCK and its like are not bounded by a network namespace, so only named families pass.
  socket: [
    ...load(argument(0)),
    ...oneOf([UNIX, INET, INET6], ALLOW),
    ...when(JUMP_EQUAL, NETLINK, [...load(argument(2)), ...when(JUMP_EQUAL, 0, give(ALLOW))]),
    ...give(NO_SUCH_FAMILY),
  ],
  socketpair: [...load(argument(0)), ...oneOf([UNIX], ALLOW), ...give(NO_SUCH_FAMILY)],
  // TIOCSTI types into a terminal, TIOCLINUX pastes into one.
  ioctl: [...load(argument(1)), ...oneOf([0x5412, 0x541c], NOT_PERMITTED), ...give(ALLOW)],
  personality: [...load(argument(0)), ...oneOf([0, 0xffffffff], ALLOW), ...give(NOT_PERMITTED)],
}

type Range = { from: number; verdict: number }

const ranges = (table: Table): Range[] => {
  const forbidden = new Set(Object.values(denied).flat())
  const verdicts = new Map(
    Object.entries(table).map(([name, number]) => [
      number,
      forbidden.has(name) ? NOT_PERMITTED : absent.includes(name) ? NOT_IMPLEMENTED : ALLOW,
    ]),
  )
  const found: Range[] = []
  for (let number = 0; number <= Math.max(...verdicts.keys()) + 1; number++) {
    const verdict = verdicts.get(number) ?? NOT_IMPLEMENTED
    if (found.at(-1)?.verdict !== verdict) found.push({ from: number, verdict })
  }
  return found
}

const search = (among: Range[]): Instruction[] => {
  if (among.length === 1) return give(among[0]!.verdict)
  const middle = among.length >> 1
  return either(JUMP_AT_LEAST, among[middle]!.from, search(among.slice(middle)), search(among.slice(0, middle)))
}
