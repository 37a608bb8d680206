const SEED = 0x9747b28c
const M = 0x5bd1e995
const R = 24

const mixed = (word: number): number => {
  const k = Math.imul(word, M)
  return Math.imul(k ^ (k >>> R), M)
}

/** The hash by which clients of Kafka place a key (32 bits, signed). */
export const murmur2 = (bytes: Uint8Array): number => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const whole = bytes.length - (bytes.length % 4)
  let hash = SEED ^ bytes.length
  for (let at = 0; at < whole; at += 4) hash = Math.imul(hash, M) ^ mixed(view.getInt32(at, true))
  for (let at = bytes.length - 1; at > whole; at--) hash ^= (bytes[at] ?? 0) << ((at - whole) * 8)
  if (whole < bytes.length) hash = Math.imul(hash ^ (bytes[whole] ?? 0), M)
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return hash ^ (hash >>> 15)
}

/** The partition of a key: the one where any client of Kafka puts it. */
export const partitionOf = (key: string, partitions: number): number =>
  (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions
