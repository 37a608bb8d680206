import { planOf, wantedOf } from './plan.ts'

const known = ['api', 'executions', 'live', 'runs']
const shares = { port: 3000, slots: 10, warmBytes: 900 }
const plan = (...words: string[]) => planOf(wantedOf(words, known), shares)
const names = (...words: string[]) => plan(...words).map(({ name }) => name)

describe('what is to run', () => {
  it('is every service once, and those that are named as often as is said', () => {
    expect(names()).toEqual(['api-1', 'executions-1', 'live-1', 'runs-1'])
    expect(names('api=2', 'runs=3')).toEqual(['api-1', 'api-2', 'runs-1', 'runs-2', 'runs-3', 'executions-1', 'live-1'])
    expect(names('runs=0', 'api=0')).toEqual(['executions-1', 'live-1'])
  })

  it('may put several services into one process', () => {
    expect(plan('api+live=2')[0]).toMatchObject({ name: 'api+live-1', services: ['api', 'live'] })
    expect(names('api+live=2')).toEqual(['api+live-1', 'api+live-2', 'executions-1', 'runs-1'])
  })

  it('gives each door its own port, and each worker its share of the machine', () => {
    const nodes = plan('api=2', 'runs=3')
    expect(nodes.filter(({ name }) => name.startsWith('api')).map(({ settings }) => settings)).toEqual([
      { GREENROOM_PORT: '3000' },
      { GREENROOM_PORT: '3001' },
    ])
    expect(nodes[2]?.settings).toEqual({ GREENROOM_SLOTS: '3', GREENROOM_WARM_BYTES: '300' })
    expect(nodes.at(-1)?.settings).toEqual({})
  })

  it.each([
    [['api'], '"api" says nothing: write SERVICE=COUNT, as in api=2 (at most 99).'],
    [['api=100'], '"api=100" says nothing: write SERVICE=COUNT, as in api=2 (at most 99).'],
    [['apis=1'], 'There is no service "apis"; there are api, executions, live, runs.'],
    [['api=1', 'live+api=1'], 'api is named twice.'],
  ])('is refused where %j', (words, sentence) => {
    expect(() => plan(...words)).toThrow(expect.objectContaining({ type: 'PLAN_REFUSED', message: sentence }))
  })
})
