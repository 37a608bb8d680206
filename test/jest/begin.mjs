import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Makes the folder in which the test files of this run share a server; its processes learn of it by their environment. */
export default () => {
  process.env.SHARED_BY_TESTS = `${process.pid} ${mkdtempSync(join(tmpdir(), 'greenroom-run-'))}`
}
