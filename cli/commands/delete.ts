import { command } from '../command.ts'
import { remark } from '../screen.ts'
import { forEach } from '../several.ts'

export default command({
  name: 'delete',
  about: 'Delete ended runs and their output, for good.',
  usage: 'ID…',
  takes: [1, 1000],
  examples: [['greenroom delete 7f3a91c2', 'delete one run']],
  options: {},
  run: ({ api, positionals }) =>
    forEach(positionals, async (id) => {
      await api.delete(`/executions/${encodeURIComponent(id)}`)
      remark(`${id} is deleted`)
    }),
})
