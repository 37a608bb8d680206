import { Errors } from 'moleculer'

export class ReplayNotFound extends Errors.MoleculerClientError {
  constructor(id: string) {
    super(`There is no replay ${id}.`, 404, 'REPLAY_NOT_FOUND', { id })
  }
}

export class ReplayOver extends Errors.MoleculerClientError {
  constructor(id: string, state: string) {
    super(`Replay ${id} is over: it is ${state}.`, 409, 'REPLAY_OVER', { id, state })
  }
}

/** What was asked for cannot be replayed; every field that must change is named. */
export class InvalidReplay extends Errors.MoleculerClientError {
  constructor(errors: { field: string; message: string }[]) {
    super(errors.map(({ message }) => message).join(' '), 422, 'INVALID_REPLAY', errors)
  }
}
