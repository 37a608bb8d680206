import { Errors } from 'moleculer'

/** How far a watcher has come: hops of the timeline, and output of the attempt that it is at. */
export type Cursor = { hops: number; attempt: number; seq: number; ended: boolean }

export class BadCursor extends Errors.MoleculerClientError {
  constructor(text: string) {
    const message = `Last-Event-ID: ${JSON.stringify(text.slice(0, 64))} is not an id that this stream has sent.`
    super(message, 422, 'BAD_CURSOR', [{ field: 'Last-Event-ID', message }])
  }
}

export const START: Cursor = { hops: 0, attempt: 0, seq: 0, ended: false }

/** `hops.attempt.seq`, with `.end` behind the last event. */
export const format = ({ hops, attempt, seq, ended }: Cursor): string =>
  `${hops}.${attempt}.${seq}${ended ? '.end' : ''}`

/** Throws BadCursor. */
export const parse = (text: string | undefined): Cursor => {
  if (text === undefined || text === '') return START
  const found = /^(\d{1,6})\.(\d{1,4})\.(\d{1,12})(\.end)?$/.exec(text)
  if (!found) throw new BadCursor(text)
  return { hops: Number(found[1]), attempt: Number(found[2]), seq: Number(found[3]), ended: found[4] !== undefined }
}
