import { resolve } from 'node:path'
import { inMachine, machineMissing, obtainLinux } from './machine.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const missing = machineMissing()
const suite = missing ? describe.skip : describe

// Every instruction is interpreted there: it takes ten to thirty times as long.
const PATIENCE_MS = 3_600_000

const files = (...names: string[]) => names.map((name) => `mixins/executor/${name}.test.ts`)
// Threads that compile beside the program's have made V8 give up on an emulated CPU.
const jest = (paths: string[]) =>
  `cd '${ROOT}' && export NODE_OPTIONS='--experimental-vm-modules --disable-warning=ExperimentalWarning' &&
   node_modules/.bin/node --single-threaded node_modules/jest/bin/jest.js --cacheDirectory /tmp/jest --forceExit --json --outputFile /mnt/share/told ${paths.join(' ')}`

type Report = { testResults: { assertionResults: { status: string; fullName: string }[] }[] }

suite(`the executor on a kernel with cgroup v2 alone${missing ? ` (${missing})` : ''}`, () => {
  beforeAll(obtainLinux, 600_000)

  it.each([
    ['groups', files('cgroup/bounds', 'cgroup/cgroup', 'cgroup/weights', 'unprivileged', 'namespaces', 'leftovers')],
    ['forks', files('fork-server', 'forked')],
    ['programs', files('sandbox', 'outcome', 'deadlines', 'green-room')],
  ])(
    'passes its tests of %s in the group of a service',
    async (_, paths) => {
      const { testResults } = JSON.parse(await inMachine(jest(paths))) as Report
      const all = testResults.flatMap(({ assertionResults }) => assertionResults)
      expect(all.filter(({ status }) => status !== 'passed').map(({ fullName }) => fullName)).toEqual([])
      expect(all.length).toBeGreaterThan(0)
    },
    PATIENCE_MS,
  )
})
