/** One classic BPF instruction: `struct sock_filter` of the kernel. */
export type Instruction = { code: number; jt: number; jf: number; k: number }

export const LOAD = 0x20
export const JUMP_EQUAL = 0x15
export const JUMP_AT_LEAST = 0x35
export const JUMP_ANY_BIT = 0x45
export const RETURN = 0x06

/** Offsets into `struct seccomp_data`. */
export const NUMBER = 0
export const ARCHITECTURE = 4
export const argument = (index: number): number => 16 + 8 * index

export const load = (offset: number): Instruction[] => [{ code: LOAD, jt: 0, jf: 0, k: offset }]
export const give = (verdict: number): Instruction[] => [{ code: RETURN, jt: 0, jf: 0, k: verdict >>> 0 }]

/** Runs `then` where the loaded word passes the test, goes on behind it where not. */
export const when = (code: number, k: number, then: Instruction[]): Instruction[] => [
  { code, jt: 0, jf: near(then.length), k: k >>> 0 },
  ...then,
]

/** Runs one of two programs; both must end in a verdict. */
export const either = (code: number, k: number, then: Instruction[], otherwise: Instruction[]): Instruction[] => [
  { code, jt: near(otherwise.length), jf: 0, k: k >>> 0 },
  ...otherwise,
  ...then,
]

// A jump offset is one byte; silently wrapping it would turn a denial into an allowance.
const near = (distance: number): number => {
  if (distance > 255) throw new RangeError(`A BPF jump over ${distance} instructions does not fit into a byte.`)
  return distance
}

/** The filter as the kernel and `bwrap --seccomp` read it, little-endian as both supported machines are. */
export const assemble = (program: Instruction[]): Buffer => {
  const bytes = Buffer.alloc(program.length * 8)
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8)
    bytes.writeUInt8(jt, index * 8 + 2)
    bytes.writeUInt8(jf, index * 8 + 3)
    bytes.writeUInt32LE(k, index * 8 + 4)
  }
  return bytes
}
