import type { ServerResponse } from 'node:http'

/** Waits until a slow reader has taken what was written, or is gone. */
export const drained = (res: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      res.off('drain', done).off('close', done)
      resolve()
    }
    if (res.destroyed) resolve()
    else res.on('drain', done).on('close', done)
  })
