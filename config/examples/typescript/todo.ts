import { createInterface } from 'node:readline'

enum State {
  Open,
  Done,
}

const items: { text: string; state: State }[] = []
for await (const line of createInterface({ input: process.stdin })) {
  const done = line.startsWith('x ')
  items.push({ text: done ? line.slice(2) : line, state: done ? State.Done : State.Open })
}
for (const { text, state } of items) console.log(state === State.Done ? '\x1b[32m[x]\x1b[0m' : '[ ]', text)
