import { Errors } from 'moleculer'

/** The line is as long as it may be; `retryAfter` says in how many seconds the caller may try again. Nobody else does. */
export class QueueFull extends Errors.MoleculerClientError {
  constructor(limit: number, retryAfter: number) {
    super(`${limit} runs are waiting, which is as many as may wait.`, 429, 'QUEUE_FULL', { limit, retryAfter })
  }
}

export class UnknownLanguage extends Errors.MoleculerClientError {
  constructor(field: 'language' | 'version', message: string, available: string[]) {
    super(message, 422, 'UNKNOWN_LANGUAGE', [{ field, message, available }])
  }
}

export class NoWorker extends Errors.MoleculerRetryableError {
  constructor() {
    super('No worker node is connected yet.', 503, 'NO_WORKER', { retryAfter: 2 })
  }
}
