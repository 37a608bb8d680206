import { command } from '../command.ts'
import { remark, say } from '../screen.ts'
import { summaryColumns } from '../summary.ts'
import { table } from '../table.ts'
import { wholeNumber } from '../units.ts'
import type { Summary } from '../wire.ts'

export default command({
  name: 'list',
  about: 'List runs, the newest first.',
  usage: '[options]',
  takes: [0, 0],
  examples: [
    ['greenroom list', 'the newest runs'],
    ['greenroom list --state running', 'what runs now'],
    ['greenroom list --state failed --language python --limit 5', 'filters go together'],
    ['greenroom list --label team=blue --json', 'one JSON object for scripts'],
  ],
  options: {
    state: {
      type: 'string',
      value: 'STATE',
      about: 'queued, scheduled, running, succeeded, failed, timed_out, cancelled; several with commas.',
    },
    language: { type: 'string', value: 'NAME', about: 'Only this language.' },
    label: { type: 'string', value: 'NAME=VALUE', about: 'Only runs with this label.' },
    limit: { type: 'string', value: 'COUNT', about: 'At most so many (20).' },
    cursor: { type: 'string', value: 'CURSOR', about: 'Go on where a list ended.' },
    json: { type: 'boolean', about: 'Print one JSON object with `items` and `next`.' },
  },
  async run({ api, values: { json, limit = '20', state, language, label, cursor } }) {
    const count = String(wholeNumber('--limit', limit, 1))
    const query = { state, language, label, cursor, limit: count }
    const page = await api.get<{ items: Summary[]; next: string | null }>('/executions', { query })
    if (json) await say(JSON.stringify(page))
    else if (page.items.length === 0) remark('No runs here yet. Start one: greenroom run FILE')
    else {
      await say(table(summaryColumns(), page.items))
      if (page.next) remark(`There are more: greenroom list --cursor ${page.next}`)
    }
    return 0
  },
})
