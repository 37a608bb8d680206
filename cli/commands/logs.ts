import type { Api } from '../api.ts'
import { command } from '../command.ts'
import { UsageError } from '../failure.ts'
import { write } from '../screen.ts'
import { watch } from '../watching.ts'
import type { Stream } from '../wire.ts'

export default command({
  name: 'logs',
  about: 'Print the output of a run: its stdout on stdout, its stderr on stderr.',
  usage: 'ID [options]',
  takes: [1, 1],
  examples: [
    ['greenroom logs 7f3a91c2', 'what it has written so far'],
    ['greenroom logs --follow 7f3a91c2', 'and everything that still comes'],
    ['greenroom logs 7f3a91c2 --stream stderr', 'only one of the two'],
  ],
  options: {
    follow: { type: 'boolean', short: 'f', about: 'Go on until the run ends.' },
    stream: { type: 'string', value: 'NAME', about: 'Only stdout or only stderr.' },
  },
  async run({ api, positionals: [id = ''], values }) {
    const path = encodeURIComponent(id)
    const streams = wanted(values.stream)
    if (values.follow) await watch(api, path, { streams, quiet: true })
    else for (const stream of streams) await print(api, path, stream)
    return 0
  },
})

const wanted = (name: string | undefined): Stream[] => {
  if (name === undefined) return ['stdout', 'stderr']
  if (name === 'stdout' || name === 'stderr') return [name]
  throw new UsageError(`--stream is "${name}", but must be stdout or stderr.`)
}

const print = async (api: Api, id: string, stream: Stream): Promise<void> => {
  const response = await api.open(`/executions/${id}/output`, { query: { stream } })
  for await (const bytes of response.body ?? []) await write(stream, bytes)
}
