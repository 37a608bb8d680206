import { createHash } from 'node:crypto'
import { absent, denied } from './denied.ts'
import {
  ALLOW,
  KILL,
  type Machine,
  NO_SUCH_FAMILY,
  NOT_IMPLEMENTED,
  NOT_PERMITTED,
  seccompFilter,
  syscallsOf,
} from './filter.ts'

const architecture: Record<Machine, number> = { x64: 0xc000003e, arm64: 0xc00000b7 }

/** Interprets a filter as the kernel would. */
const verdict = (filter: Buffer, arch: number, number: number, args: number[] = []): number => {
  const data = Buffer.alloc(64)
  data.writeUInt32LE(number, 0)
  data.writeUInt32LE(arch, 4)
  for (const [index, value] of args.entries()) data.writeBigUInt64LE(BigInt(value), 16 + 8 * index)
  let loaded = 0
  for (let at = 0; ; at++) {
    const [code, jt, jf] = [filter.readUInt16LE(at * 8), filter[at * 8 + 2]!, filter[at * 8 + 3]!]
    const k = filter.readUInt32LE(at * 8 + 4)
    if (code === 0x06) return k
    if (code === 0x20) loaded = data.readUInt32LE(k)
    else if (code === 0x15) at += loaded === k ? jt : jf
    else if (code === 0x35) at += loaded >= k ? jt : jf
    else if (code === 0x45) at += (loaded & k) !== 0 ? jt : jf
    else throw new TypeError(`unknown instruction ${code}`)
  }
}

const machines: Machine[] = ['x64', 'arm64']

describe.each(machines)('the system call filter of %s', (machine) => {
  const filter = seccompFilter(machine)
  const table = syscallsOf(machine)
  const of = (name: string, ...args: number[]) => verdict(filter, architecture[machine], table[name]!, args)

  it('judges every number: listed ones allowed or refused, unknown ones not implemented', () => {
    const refused = new Set(Object.values(denied).flat())
    const byArgument = new Set(['clone', 'socket', 'socketpair', 'ioctl', 'personality'])
    const names = new Map(Object.entries(table).map(([name, number]) => [number, name]))
    for (let number = 0; number < 1200; number++) {
      const name = names.get(number)
      if (name && byArgument.has(name)) continue
      const expected = !name || absent.includes(name) ? NOT_IMPLEMENTED : refused.has(name) ? NOT_PERMITTED : ALLOW
      expect([number, name, verdict(filter, architecture[machine], number)]).toEqual([number, name, expected])
    }
  })

  it('kills a program that calls under another architecture', () => {
    expect(verdict(filter, 0x40000003, 1)).toBe(KILL)
  })

  it('lets a thread be cloned but no namespace', () => {
    expect(of('clone', 0x003d0f00)).toBe(ALLOW)
    for (const flag of [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000])
      expect(of('clone', flag | 17)).toBe(NOT_PERMITTED)
  })

  it('opens only socket families that a network namespace bounds', () => {
    for (const family of [1, 2, 10]) expect(of('socket', family, 1, 0)).toBe(ALLOW)
    expect(of('socket', 16, 3, 0)).toBe(ALLOW)
    expect(of('socket', 16, 3, 9)).toBe(NO_SUCH_FAMILY)
    for (const family of [0, 3, 17, 38, 40, 44]) expect(of('socket', family, 1, 0)).toBe(NO_SUCH_FAMILY)
    expect(of('socketpair', 1)).toBe(ALLOW)
    expect(of('socketpair', 16)).toBe(NO_SUCH_FAMILY)
  })

  it('types into no terminal and changes no personality', () => {
    expect(of('ioctl', 0, 0x5412)).toBe(NOT_PERMITTED)
    expect(of('ioctl', 0, 0x541c)).toBe(NOT_PERMITTED)
    expect(of('ioctl', 0, 0x5401)).toBe(ALLOW)
    expect(of('personality', 0xffffffff)).toBe(ALLOW)
    expect(of('personality', 0x40000)).toBe(NOT_PERMITTED)
  })
})

describe('the bytes of the filter', () => {
  it('change only on purpose', () => {
    const digest = (machine: Machine) => createHash('sha256').update(seccompFilter(machine)).digest('hex').slice(0, 16)
    expect({ x64: digest('x64'), arm64: digest('arm64') }).toEqual({
      x64: '399df71b78a72b70',
      arm64: '5da822a5ad3dfbf7',
    })
  })

  it('refuse calls of the x32 variant on x64', () => {
    expect(verdict(seccompFilter('x64'), architecture.x64, 0x40000001)).toBe(NOT_IMPLEMENTED)
  })
})
