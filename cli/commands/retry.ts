import { randomUUID } from 'node:crypto'
import { command } from '../command.ts'
import { remark, say } from '../screen.ts'
import type { Execution } from '../wire.ts'
import { shortId } from '../words.ts'

export default command({
  name: 'retry',
  about: 'Run the program of an ended run again; prints the id of the new run.',
  usage: 'ID [options]',
  takes: [1, 1],
  examples: [
    ['greenroom retry 7f3a91c2', 'run it again'],
    ['greenroom logs --follow $(greenroom retry 7f3a91c2)', 'run it again and watch'],
  ],
  options: { json: { type: 'boolean', about: 'Print the new run as one JSON object.' } },
  async run({ api, positionals: [id = ''], values }) {
    const headers = { 'idempotency-key': randomUUID() }
    const execution = await api.post<Execution>(`/executions/${encodeURIComponent(id)}/retry`, { headers })
    await say(values.json ? JSON.stringify(execution) : execution.id)
    remark(`next: greenroom logs --follow ${shortId(execution.id)}`)
    return 0
  },
})
