import { command } from '../command.ts'
import { say } from '../screen.ts'
import { table } from '../table.ts'
import type { Runtime } from '../wire.ts'

export default command({
  name: 'runtimes',
  about: 'List the languages that the server runs.',
  usage: '[options]',
  takes: [0, 0],
  examples: [
    ['greenroom runtimes', 'languages, versions and names'],
    ['greenroom runtimes --json', 'one JSON array for scripts'],
  ],
  options: { json: { type: 'boolean', about: 'Print the list as JSON.' } },
  async run({ api, values }) {
    const runtimes = await api.get<Runtime[]>('/runtimes')
    await say(values.json ? JSON.stringify(runtimes) : table(columns, runtimes))
    return 0
  },
})

const columns = [
  { title: 'LANGUAGE', cell: ({ language }: Runtime) => language },
  { title: 'VERSION', cell: ({ version }: Runtime) => version },
  { title: 'FILE', cell: ({ fileName }: Runtime) => fileName },
  { title: 'KIND', cell: ({ compiled }: Runtime) => (compiled ? 'compiled' : 'interpreted') },
  { title: 'WARM', cell: ({ warm }: Runtime) => (warm ? 'yes' : '') },
  { title: 'ALSO', cell: ({ aliases }: Runtime) => aliases.join(', ') },
]
