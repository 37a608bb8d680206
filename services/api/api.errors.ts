import { Errors } from 'moleculer'

const { MoleculerClientError } = Errors

/** The request comes, or pretends to come, from somewhere that is not served. */
export class Refused extends MoleculerClientError {
  constructor(message: string) {
    super(message, 403, 'REFUSED')
  }
}

export class BadHost extends MoleculerClientError {
  constructor() {
    super('The request has several Host headers.', 400, 'BAD_HOST')
  }
}

export class NotAuthenticated extends MoleculerClientError {
  constructor() {
    super('This server wants its token: send it as "Authorization: Bearer …".', 401, 'NOT_AUTHENTICATED')
  }
}

export class BadBody extends MoleculerClientError {
  constructor(message: string, status: 400 | 413 | 415 = 400, type = 'BAD_BODY') {
    super(message, status, type)
  }
}

export class InvalidParameter extends MoleculerClientError {
  constructor(field: string, message: string) {
    super(`${field}: ${message}`, 422, 'INVALID_REQUEST', [{ field, message: `${field}: ${message}` }])
  }
}

/** Several fields of a request cannot be taken as they are. */
export class InvalidFields extends MoleculerClientError {
  constructor(errors: { field: string; message: string }[]) {
    super(errors.map((error) => error.message).join(' '), 422, 'INVALID_REQUEST', errors)
  }
}

export class NoSuchPage extends MoleculerClientError {
  constructor(path: string) {
    super(`There is nothing at ${path.slice(0, 200)}.`, 404, 'NOT_FOUND')
  }
}

export class MethodNotAllowed extends MoleculerClientError {
  constructor(method: string, allowed: string[]) {
    super(`${method.slice(0, 20)} is not possible here, only ${allowed.join(', ')}.`, 405, 'METHOD_NOT_ALLOWED', {
      allowed,
    })
  }
}

export class RangeNotSatisfiable extends MoleculerClientError {
  constructor(size: number) {
    super(`There are ${size} bytes.`, 416, 'RANGE_NOT_SATISFIABLE', { size })
  }
}
