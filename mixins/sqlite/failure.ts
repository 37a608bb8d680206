import { type Reason, StoreUnavailable } from '../store/unavailable.ts'

// The primary result codes of SQLite that speak of the disk and not of the statement.
const reasons = new Map<number, Reason>([
  [5, 'locked'],
  [6, 'locked'],
  [7, 'full'],
  [8, 'read-only'],
  [10, 'io'],
  [11, 'damaged'],
  [13, 'full'],
  [14, 'io'],
  [26, 'damaged'],
])

type SqliteError = Error & { code: 'ERR_SQLITE_ERROR'; errcode: number }

const isSqliteError = (error: unknown): error is SqliteError =>
  (error as Partial<SqliteError> | null | undefined)?.code === 'ERR_SQLITE_ERROR'

/** What the disk or another process did to a statement, or undefined when the statement itself is to blame. */
export const reasonOf = (error: unknown): Reason | undefined =>
  isSqliteError(error) ? reasons.get(error.errcode & 0xff) : undefined

/** The error that a caller gets: one of the disk becomes StoreUnavailable, any other stays what it is. */
export const failure = (error: unknown): unknown => {
  const reason = reasonOf(error)
  return reason ? new StoreUnavailable(reason) : error
}

/** The name of the unique index, or the columns, that a write collided with. */
export const collision = (error: unknown): string | undefined =>
  isSqliteError(error) && (error.errcode & 0xff) === 19
    ? /^UNIQUE constraint failed: (?:index ')?(.+?)'?$/.exec(error.message)?.[1]
    : undefined
