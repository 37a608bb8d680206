import type { Page } from '../system/client.ts'
import { contradictions, type Fact } from './nodes-log.ts'

const about = { key: 'run', attempt: 1, state: 'succeeded', cause: 'exit' }
const fact = (id: string, name: string, rev: number): Fact => ({ id, type: `executions.${name}`, rev, ...about })
const [queued, started, ended] = [fact('q', 'queued', 1), fact('s', 'started', 3), fact('e', 'ended', 4)]
const run = { id: 'run', state: 'succeeded', cause: 'exit', attempt: 1 } as Page['items'][number]

describe('the judge of the log', () => {
  it('takes a fact that came again for one that came when it came first', () => {
    expect(contradictions([queued, started, queued, ended, started], [run])).toEqual([])
  })

  it('sees what is out of order, missing, told twice or unknown', () => {
    expect(contradictions([started, queued, ended], [run])).toHaveLength(2)
    expect(contradictions([queued, started], [run])).toHaveLength(2)
    expect(contradictions([queued, started, ended, fact('e2', 'ended', 5)], [run])).toEqual(['run has 2 ends'])
    expect(contradictions([queued, started, ended], [])).toEqual(['run is in the log only'])
  })
})
