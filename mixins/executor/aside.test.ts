import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { Aside, openAside } from './aside.ts'
import { kernelLibrary } from './kernel-library.ts'

const here = availableParallelism() > 1 && kernelLibrary() ? describe : describe.skip

/** How many CPUs a process may be on. */
const cpusOf = (pid: number): number => {
  const mask = /^Cpus_allowed:\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? ''
  return [...mask.replaceAll(',', '')].reduce(
    (sum, digit) => sum + [...Number.parseInt(digit, 16).toString(2)].filter((bit) => bit === '1').length,
    0,
  )
}

here('a process that waits', () => {
  let parent: ChildProcess
  let child = 0

  beforeEach(async () => {
    parent = spawn('sh', ['-c', 'sleep 60 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'ignore'] })
    const [line] = (await once(parent.stdout!, 'data')) as [Buffer]
    child = Number(line)
  })
  afterEach(() => {
    process.kill(child, 'SIGKILL')
    parent.kill('SIGKILL')
  })

  it('is moved off one CPU, which is ours, and no other process with it', () => {
    const all = availableParallelism()
    const aside = new Aside(openAside(), parent.pid!)
    aside.learn()
    expect(cpusOf(child)).toBe(all)
    aside.move()
    expect([cpusOf(child), cpusOf(parent.pid!), availableParallelism()]).toEqual([all - 1, all, all])
  })

  it('may have ended before it is moved', () => {
    const aside = new Aside(openAside(), 2 ** 22 + 1)
    aside.learn()
    aside.move()
    openAside()([2 ** 22 + 1])
  })
})
