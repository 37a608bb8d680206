import type { Runtime } from '../executor.ts'
import type { Lab, Seen } from '../lab.ts'

const SOURCE = `
import sys
total = sum(n * n for n in range(200_000))
open('kept', 'w').write('mine ' * 1000)
print(total, open('kept').read() == 'mine ' * 1000, 'x' * 10_000)
print('y' * 10_000, file=sys.stderr)
sys.exit(3)`

const STDOUT = `2666646666700000 True ${'x'.repeat(10_000)}\n`
const STDERR = `${'y'.repeat(10_000)}\n`

/** Runs a program, in Python, that has nothing to do with any other: it computes, writes a file and prints. */
export const neighbour = (lab: Lab, runtime: Runtime): Promise<Seen> =>
  lab.run(runtime, 'main.py', { source: SOURCE, limits: { memoryBytes: 64 << 20 } })

/** What a neighbour has suffered, in words; null where it came through unharmed. */
export const harm = ({ stdout, stderr, outcome }: Seen): string | null => {
  const { ending, usage, truncated } = outcome
  if (ending.cause !== 'exit' || ending.exitCode !== 3) return `ended otherwise: ${JSON.stringify(ending)} ${stderr}`
  if (stdout !== STDOUT || stderr !== STDERR)
    return `printed something else: ${stdout.slice(0, 200)} ${stderr.slice(0, 200)}`
  if (truncated.stdout || truncated.stderr) return 'lost output'
  if (usage.processesPeak !== 1) return `was charged with ${usage.processesPeak} processes`
  return usage.memoryPeakBytes > 48 << 20 ? `was charged with ${usage.memoryPeakBytes} bytes` : null
}
