import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { languages } from '../../config/languages.ts'
import { freePort } from '../../test/system/greenroom.ts'
import { packagesFor } from './languages.ts'
import { portProblem } from './port.ts'
import { addUp, lastLine, tallyOf } from './tally.ts'

const root = resolve(import.meta.dirname, '../..')
const deploy = (verb: string[], env = {}) =>
  spawnSync(`${root}/deploy.sh`, verb, { cwd: '/', encoding: 'utf8', env: { ...process.env, ...env } })

describe('the packages that are installed', () => {
  const rows = readFileSync(resolve(import.meta.dirname, 'packages.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' '))

  it('bring languages of the catalogue, looked for in the same places', () => {
    const wanted = rows.filter(([, need]) => need === 'wanted').map(([name, , ...paths]) => ({ name, paths }))
    const known = languages.flatMap(({ package: name, detect }) => (name ? [{ name, paths: [...detect.paths] }] : []))
    expect(wanted.map(({ name }) => name)).toEqual(['python3', 'ruby', 'golang-go', 'bash'])
    expect(known).toEqual(expect.arrayContaining(wanted))
  })
})

describe('the packages of languages', () => {
  const rust = { language: 'rust', title: 'Rust', reason: '', package: 'rustc' }
  const c = { language: 'c', title: 'C', reason: '', package: 'gcc libc6-dev' }

  it('are those of every language that is missing, or of those named', () => {
    expect(packagesFor([], [rust, c])).toEqual(['rustc', 'gcc', 'libc6-dev'])
    expect(packagesFor(['RUST'], [rust, c])).toEqual(['rustc'])
    expect(packagesFor(['golang', 'rs'], [rust])).toEqual(['rustc'])
    expect(packagesFor(['python'], [])).toEqual([])
  })

  it('cannot be told of a language that nobody knows', () => {
    expect(() => packagesFor(['jva'], [])).toThrow('There is no language "jva"; did you mean java?')
    expect(() => packagesFor(['cobol85'], [])).toThrow('There is no language "cobol85", only python, javascript,')
  })
})

describe('the tally of a test run', () => {
  const report = (numbers: object) =>
    JSON.stringify({
      numPassedTests: 5,
      numFailedTests: 0,
      numPendingTests: 1,
      numTodoTests: 0,
      numRuntimeErrorTestSuites: 0,
      success: true,
      ...numbers,
    })

  it('counts what passed, failed and was skipped', () => {
    expect(tallyOf(report({}), 0)).toEqual({ passed: 5, failed: 0, skipped: 1 })
    const checks = { passed: 2, failed: 1, skipped: 0 }
    expect(lastLine(addUp([checks, tallyOf(report({}), 0)]))).toBe('7 passed, 1 failed, 1 skipped')
  })

  it.each([
    ['a suite that cannot be loaded', { numRuntimeErrorTestSuites: 2, success: false }, 1, 2],
    ['a run without a test', { numPassedTests: 0 }, 0, 1],
    ['a failure that no test shows', {}, 1, 1],
    ['a killed run', {}, null, 1],
  ])('never passes %s', (_, numbers, code, failed) => {
    expect(tallyOf(report(numbers), code).failed).toBe(failed)
  })
})

describe('deploy.sh', () => {
  it('is a list of verbs under 100 lines, each of them in its help', () => {
    const script = readFileSync(`${root}/deploy.sh`, 'utf8')
    expect(script.split('\n').length).toBeLessThan(100)
    const { stdout, status } = deploy(['help'])
    const verbs = [...script.matchAll(/^ {2}(\w+)(?: \||\))/gm)].map(([, verb]) => verb)
    expect(verbs).toEqual(expect.arrayContaining(['dev', 'test', 'repl', 'doctor', 'start', 'bench', 'help']))
    for (const verb of verbs) expect(stdout).toContain(`\n  ${verb} `)
    expect(status).toBe(0)
  })

  it('refuses a verb that there is not', () => {
    const { stderr, status } = deploy(['strat'])
    expect([stderr, status]).toEqual(['There is no verb "strat"; ./deploy.sh help lists them.\n', 1])
  })

  it('is written in a shell that checks out', () => {
    for (const script of [
      'deploy.sh',
      'cli/greenroom',
      'cli/setup/install.sh',
      'cli/setup/serve.sh',
      'cli/setup/infra/infra.sh',
      '.ci/run',
    ])
      execFileSync('bash', ['-n', `${root}/${script}`])
  })

  it('says that nothing runs when there is nothing to open a console on', () => {
    const { stderr, status } = deploy(['repl'], { GREENROOM_DATA: '/nonexistent' })
    expect([stderr, status]).toEqual(['Greenroom is not running on /nonexistent. Start it with: ./deploy.sh dev\n', 1])
  })
})

describe('the servers that a machine can start', () => {
  it('are told by the doctor, as no reason not to start', () => {
    const { stdout } = deploy(['doctor'], { XDG_CACHE_HOME: '/nonexistent' })
    for (const name of ['nats', 'redis', 'mongodb', 'kafka', 'containers'])
      expect(stdout).toMatch(new RegExp(`^${name} +(ok|absent) `, 'm'))
    expect(stdout).toMatch(/^mongodb: no MongoDB server: \.\/deploy\.sh infra --native builds one/m)
  })
})

describe('an address', () => {
  it('is free, or its problem is told with the setting that solves it', async () => {
    const port = await freePort()
    expect(await portProblem('127.0.0.1', port)).toBeNull()
    const server = createServer().listen(port, '127.0.0.1')
    expect(await portProblem('127.0.0.1', port)).toContain(`Port ${port} is taken`)
    server.close()
    expect(await portProblem('203.0.113.1', port)).toBe('This machine has no address 203.0.113.1: set GREENROOM_HOST.')
  })
})
