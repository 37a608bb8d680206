import { endShared, runOf } from '../servers/shared-kafka.ts'

/** Ends the server that test files have shared. */
export default () => endShared(runOf(process.env))
