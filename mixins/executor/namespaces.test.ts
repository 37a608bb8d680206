import { readlinkSync } from 'node:fs'
import { detectLanguages } from '../../config/runtimes.ts'
import { Lab, programOf } from './lab.ts'

const { runtimes } = await detectLanguages()
const python = runtimes.find(({ language }) => language === 'python')
const labs = {
  'from nothing': new Lab({ warm: false }),
  'from nothing by bubblewrap': new Lab({ warm: false, forks: false }),
  'that waited': new Lab(),
}
const refusals: (string | null)[] = []
for (const lab of Object.values(labs)) refusals.push(await lab.refusal())
const here = python && refusals.every((refusal) => refusal === null) ? describe : describe.skip

afterAll(async () => {
  for (const lab of Object.values(labs)) await lab.close()
})

const KINDS = ['user', 'pid', 'mnt', 'net', 'ipc', 'uts', 'cgroup']
const source = `import os, time
print(*(os.readlink(f'/proc/self/ns/{kind}') for kind in '${KINDS.join(' ')}'.split()), flush=True)
input()`

/** What several sandboxes print that are there at the same time: the numbers of those that are gone are given anew. */
const together = async (lab: Lab, count: number): Promise<string[]> => {
  const printed = Array.from({ length: count }, () => Promise.withResolvers<string>())
  const runs = printed.map(({ resolve }) => {
    let text = ''
    // The words of a line come one by one.
    const output = (_: string, bytes: Uint8Array) => {
      text += Buffer.from(bytes).toString()
      if (text.endsWith('\n')) resolve(text)
    }
    return lab.executor.start(programOf(python!.runtime, 'main.py', { source }), { output })
  })
  const all = await Promise.all(printed.map(({ promise }) => promise))
  for (const running of runs) running.cancel()
  await Promise.all(runs.map(({ ended }) => ended))
  return all
}

here.each(Object.entries(labs))('a sandbox %s', (_, lab) => {
  it('shares no namespace with the host or with another sandbox', async () => {
    const all = (await together(lab, 3)).map((line) => line.trim().split(' '))
    all.push(KINDS.map((kind) => readlinkSync(`/proc/self/ns/${kind}`)))
    for (const [index, kind] of KINDS.entries())
      expect([kind, new Set(all.map((namespaces) => namespaces[index])).size]).toEqual([kind, 4])
  })
})

here('two sandboxes', () => {
  it('run under different users of the host, none of them root', async () => {
    const map = "print(open('/proc/self/uid_map').read().split())"
    const run = (lab: Lab) => lab.run(python!.runtime, 'main.py', { source: map })
    const seen = await Promise.all(Object.values(labs).map(run))
    for (const { stdout } of seen) expect(stdout).toMatch(/^\['1000', '\d+', '1'\]\n$/)
  })
})
