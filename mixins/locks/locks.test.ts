import { inProcessLocks } from './in-process.ts'
import { locksSuite } from './locks.suite.ts'

locksSuite('a process', async () => {
  let locks = inProcessLocks()
  return {
    locks: () => locks,
    async restart() {
      locks = inProcessLocks()
    },
    close: async () => undefined,
  }
})
