/** A host user that belongs to one sandbox; null where Greenroom is not root and all run under its own. */
export type Lease = { readonly uid: number | null; release(): void }

/** Users for sandboxes: pipe buffers, keyrings and the like are counted per user, so that no two share one. */
export interface Uids {
  lease(): Lease
}

export const uidsFrom = (first: number): Uids => {
  const free: number[] = []
  let next = first
  return {
    lease: () => {
      if (process.getuid?.() !== 0) return { uid: null, release: () => {} }
      const uid = free.pop() ?? next++
      let held = true
      return {
        uid,
        release: () => {
          if (held) free.push(uid)
          held = false
        },
      }
    },
  }
}
