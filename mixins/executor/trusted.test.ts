import { detectLanguages } from '../../config/runtimes.ts'
import { Lab } from './lab.ts'

const { runtimes } = await detectLanguages()
const python = runtimes.find(({ language }) => language === 'python')
const lab = new Lab({ limitsBy: 'trusted-rlimits' })
const refusal = python ? await lab.refusal() : 'Python is not installed'
const here = refusal === null ? describe : describe.skip
const run = (source: string, limits = {}) => lab.run(python!.runtime, 'main.py', { source, limits })

afterAll(() => lab.close())

here('the mode for trusted code, without groups', () => {
  it('says what it does not guarantee', async () => {
    const limits = (await lab.executor.checks()).find(({ name }) => name === 'limits')
    expect(limits).toMatchObject({ ok: false, detail: expect.stringContaining('Trusted code only') })
  })

  it('runs programs to their own end', async () => {
    expect(await run('print("hi")')).toMatchObject({
      stdout: 'hi\n',
      outcome: { ending: { cause: 'exit', exitCode: 0 } },
    })
  })

  it('stops what takes too much memory together', async () => {
    const hoard = 'import os, time\nfor _ in range(3): os.fork()\nx = bytearray(20 << 20); time.sleep(600)'
    expect((await run(hoard, { memoryBytes: 64 << 20 })).outcome.ending.cause).toBe('oom')
  })

  it('stops what computes too long', async () => {
    expect((await run('while True: pass', { cpuMs: 300 })).outcome.ending.cause).toBe('cpu_timeout')
  })

  it('kills daemons with their program', async () => {
    const { took } = await run('import subprocess; subprocess.Popen(["sleep", "600"], start_new_session=True)')
    expect(took).toBeLessThan(12_000)
  })
})
