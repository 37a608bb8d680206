import { exitCodeOf } from './exit-code.ts'

describe('the exit code of a run', () => {
  it.each([
    ['exit', 0, null, 0],
    ['exit', 3, null, 3],
    ['wall_timeout', null, 'SIGKILL', 124],
    ['cpu_timeout', null, 'SIGKILL', 124],
    ['oom', null, 'SIGKILL', 137],
    ['signal', null, 'SIGSEGV', 139],
    ['signal', null, 'SIGTERM', 143],
    ['cancelled', null, 'SIGKILL', 130],
    ['infrastructure', null, null, 125],
    ['compile', 2, null, 2],
    ['compile', 0, null, 1],
    ['output_limit', null, 'SIGKILL', 137],
    ['disk_limit', 1, null, 1],
    ['process_limit', 0, null, 1],
    ['signal', null, 'SIGNOTHING', 1],
  ] as const)('of cause %s, code %s, signal %s is %s', (cause, exitCode, signal, code) => {
    expect(exitCodeOf({ cause, exitCode, signal })).toBe(code)
  })
})
