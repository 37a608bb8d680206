/** Exit code of everything that is Greenroom's, or the caller's, and not the program's. */
export const FAILED = 125

/** Something that ends a command: one sentence for people. Asking for help is the only thing that could follow. */
export class Failure extends Error {
  readonly type = 'CLI_FAILURE'
}

/** The command line itself is wrong; the sentence says how to write it. */
export class UsageError extends Failure {}
