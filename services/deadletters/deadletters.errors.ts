import { Errors } from 'moleculer'

export class LetterNotFound extends Errors.MoleculerClientError {
  constructor(id: string) {
    super(`There is no dead letter ${id}.`, 404, 'DEAD_LETTER_NOT_FOUND', { id })
  }
}

export class LetterSettled extends Errors.MoleculerClientError {
  constructor(id: string, state: string) {
    super(`Dead letter ${id} is ${state} already.`, 409, 'DEAD_LETTER_SETTLED', { id, state })
  }
}

/** What was asked for, or the message as it was edited, cannot be taken; every field that must change is named. */
export class InvalidRetry extends Errors.MoleculerClientError {
  constructor(errors: { field: string; message: string }[]) {
    super(errors.map(({ message }) => message).join(' '), 422, 'INVALID_RETRY', errors)
  }
}
