import { command } from '../command.ts'
import { portrait } from '../portrait.ts'
import { remark, say } from '../screen.ts'
import type { Execution } from '../wire.ts'
import { shortId } from '../words.ts'

export default command({
  name: 'show',
  about: 'Show one run: how it ended, what it used, every hop of its way.',
  usage: 'ID [options]',
  takes: [1, 1],
  examples: [
    ['greenroom show 7f3a91c2', 'the short id of a table is enough'],
    ['greenroom show 7f3a91c2 --json', 'one JSON object for scripts'],
  ],
  options: { json: { type: 'boolean', about: 'Print the run as one JSON object.' } },
  async run({ api, positionals: [id = ''], values }) {
    const execution = await api.get<Execution>(`/executions/${encodeURIComponent(id)}`)
    await say(values.json ? JSON.stringify(execution) : portrait(execution))
    if (!values.json) remark(hint(execution))
    return 0
  },
})

const hint = ({ id, finishedAt }: Execution) => `next: greenroom ${finishedAt ? 'logs' : 'cancel'} ${shortId(id)}`
