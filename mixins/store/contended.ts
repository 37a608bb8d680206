import { Errors } from 'moleculer'

/** Others changed the document each time before this change could be written; a repetition may succeed. */
export class Contended extends Errors.MoleculerRetryableError {
  constructor(collection: string, id: string) {
    super(`${id} of ${collection} is being changed by too many at once.`, 503, 'CONTENDED', { id })
  }
}
