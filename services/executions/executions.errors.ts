import { Errors } from 'moleculer'

export type FieldError = { field: string; message: string }

/** The request cannot be run as it is; every field that must change is named. */
export class InvalidSubmission extends Errors.MoleculerClientError {
  constructor(errors: FieldError[], type = 'INVALID_REQUEST') {
    super(errors.map((error) => error.message).join(' '), 422, type, errors)
  }
}

export class ExecutionNotFound extends Errors.MoleculerClientError {
  constructor(id: string) {
    super(`There is no run ${id}.`, 404, 'EXECUTION_NOT_FOUND', { id })
  }
}

export class ArtifactNotFound extends Errors.MoleculerClientError {
  constructor(id: string, path: string) {
    super(`Run ${id} has handed out no file ${JSON.stringify(path.slice(0, 200))}.`, 404, 'ARTIFACT_NOT_FOUND', { id })
  }
}

export class ExecutionHasEnded extends Errors.MoleculerClientError {
  constructor(id: string, state: string) {
    super(`Run ${id} has already ended: it is ${state}.`, 409, 'EXECUTION_ENDED', { id, state })
  }
}

export class ExecutionHasNotEnded extends Errors.MoleculerClientError {
  constructor(id: string, state: string) {
    super(`Run ${id} has not ended yet: it is ${state}. Cancel it first.`, 409, 'EXECUTION_NOT_ENDED', { id, state })
  }
}

export class IdempotencyConflict extends Errors.MoleculerClientError {
  constructor(id: string) {
    super(`This Idempotency-Key was used for another request, run ${id}.`, 409, 'IDEMPOTENCY_CONFLICT', { id })
  }
}

export class StdinClosed extends Errors.MoleculerClientError {
  constructor(id: string) {
    super(`The input of run ${id} takes no more bytes: it is not interactive, or was closed.`, 409, 'STDIN_CLOSED', {
      id,
    })
  }
}

/** The hint that the worker took is stale; it drops the job. */
export class NotRunnable extends Errors.MoleculerClientError {
  constructor(id: string, state: string) {
    super(`Run ${id} is not to be started now: it is ${state}.`, 409, 'NOT_RUNNABLE', { id, state })
  }
}

/** The report comes from a worker that no longer holds the run. */
export class StaleAttempt extends Errors.MoleculerClientError {
  constructor(id: string, attempt: number, current: number) {
    super(`Attempt ${attempt} of run ${id} is over; ${current} is the current one.`, 409, 'STALE_ATTEMPT', { id })
  }
}
