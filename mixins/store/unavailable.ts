import { Errors } from 'moleculer'

export type Reason =
  | 'locked'
  | 'full'
  | 'read-only'
  | 'io'
  | 'unflushed'
  | 'damaged'
  | 'closed'
  | 'unreachable'
  | 'refused'

const sentences: Record<Reason, string> = {
  locked: 'The data file is locked by another process.',
  full: 'The disk is full.',
  'read-only': 'The data file is read-only.',
  io: 'The disk that holds the data file reported an error.',
  unflushed:
    'The disk did not take what was written to the data file. Start Greenroom again, which finds what is there.',
  damaged: 'The data file is damaged.',
  closed: 'The data file is closed: Greenroom is stopping.',
  unreachable: 'The database does not answer.',
  refused: 'The database does not let Greenroom in.',
}

/**
 * Nothing could be read, or a write was not acknowledged; the same call may succeed later, of an `unflushed` file once
 * Greenroom was started again. Of a write it is certain that nothing was kept, except where the database does not answer or
 * the disk has failed: it may have been kept, or yet be.
 */
export class StoreUnavailable extends Errors.MoleculerRetryableError {
  constructor(reason: Reason) {
    super(sentences[reason], 503, 'STORE_UNAVAILABLE', { reason })
  }
}
