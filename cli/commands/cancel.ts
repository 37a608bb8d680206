import { command } from '../command.ts'
import { remark } from '../screen.ts'
import { forEach } from '../several.ts'
import type { Execution } from '../wire.ts'
import { shortId } from '../words.ts'

export default command({
  name: 'cancel',
  about: 'End runs at once, whatever they are doing.',
  usage: 'ID…',
  takes: [1, 1000],
  examples: [
    ['greenroom cancel 7f3a91c2', 'end one run'],
    ['greenroom cancel 7f3a91c2 80bb31d0', 'end several'],
  ],
  options: {},
  run: ({ api, positionals }) =>
    forEach(positionals, async (id) => {
      const execution = await api.post<Execution>(`/executions/${encodeURIComponent(id)}/cancel`)
      remark(`${shortId(execution.id)} ${execution.state === 'cancelled' ? 'is cancelled' : 'is being cancelled'}`)
    }),
})
