import { Errors } from 'moleculer'
import { MongoError, MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb'
import { type Reason, StoreUnavailable } from './unavailable.ts'

/** A document that has outgrown what the server keeps in one; repeating the write cannot help. */
export class DocumentTooLarge extends Errors.MoleculerError {
  constructor(collection: string, id: string) {
    super(`${id} of ${collection} is larger than the database allows (16 MB).`, 500, 'DOCUMENT_TOO_LARGE', { id })
  }
}

const TOO_LARGE = [2, 10334, 17280, 17419, 17420]
const DENIED = [13, 18, 8000]
const FULL = [14031]
// The server is stopping, changes its primary, or could not tell in time whether enough members have the write.
const PASSING = [6, 7, 43, 50, 64, 89, 91, 100, 112, 133, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]

// The driver lets some of these through as they are: a write to a socket that has ended meanwhile, for one.
const isOfSocket = (error: unknown) =>
  /^E(PIPE|CONN|TIMEDOUT|HOST|NET)/.test(String((error as { code?: unknown } | null)?.code))

/** What keeps any operation from being done now; undefined when the operation itself is to blame. */
export const hindrance = (error: unknown): Reason | undefined => {
  if (!(error instanceof MongoError)) return isOfSocket(error) ? 'unreachable' : undefined
  if (isAbout(error, FULL)) return 'full'
  if (isAbout(error, DENIED)) return 'refused'
  if (error instanceof MongoServerSelectionError || error instanceof MongoNetworkError) return 'unreachable'
  if (/^Mongo(Topology|Client)Closed|^MongoNotConnected|^MongoExpiredSession/.test(error.name)) return 'unreachable'
  if (/^Mongo(WaitQueue|ServerClosed|StalePrimary|WriteConcern)|^PoolCleared|^MongoPool/.test(error.name))
    return 'unreachable'
  if (isAbout(error, PASSING) || error.hasErrorLabel('RetryableWriteError')) return 'unreachable'
  return undefined
}

/** Whether it is unknown if a write was, or will be, done. */
export const isOpen = (error: unknown): boolean =>
  hindrance(error) === 'unreachable' && !(error instanceof MongoServerSelectionError)

export const isDuplicate = (error: unknown): error is MongoServerError =>
  error instanceof MongoServerError && error.code === 11000

/** The error that a caller gets: what hinders becomes StoreUnavailable, any other stays what it is. */
export const failureOf = (error: unknown, collection: string, id = ''): unknown => {
  const reason = hindrance(error)
  if (reason) return new StoreUnavailable(reason)
  if (error instanceof MongoError && isTooLarge(error)) return new DocumentTooLarge(collection, id)
  return error
}

// One code of these also stands for other faults of a command.
const isTooLarge = (error: MongoError): boolean =>
  isAbout(error, TOO_LARGE) && /too large|larger than|exceeds|BSONObj size/i.test(error.message)

const isAbout = (error: MongoError, codes: readonly number[]): boolean => codes.includes(Number(error.code))
