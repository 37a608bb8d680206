import { hostname } from 'node:os'
import { readEnv } from './env.ts'
import { nodeIdOf, numberOf, refuseAlone, runs } from './node.ts'

const servers = {
  GREENROOM_NATS_URL: 'nats://127.0.0.1:4222',
  GREENROOM_REDIS_URL: 'redis://127.0.0.1:6379',
  GREENROOM_MONGODB_URL: 'mongodb://127.0.0.1:27017/greenroom',
  GREENROOM_KAFKA_BROKERS: '127.0.0.1:9092',
}
const refusal = (source: Record<string, string>) => {
  try {
    refuseAlone(readEnv(source))
  } catch (error) {
    expect(error).toMatchObject({ type: 'SETTING_REFUSED' })
    return (error as Error).message
  }
  return null
}

describe('a node', () => {
  it('runs every service unless it is told which', () => {
    expect(runs(readEnv({}), 'runs')).toBe(true)
    const env = readEnv({ GREENROOM_SERVICES: 'api, live,api' })
    expect(env.services).toEqual(['api', 'live'])
    expect([runs(env, 'api'), runs(env, 'runs')]).toEqual([true, false])
  })

  it('has a name that people can read, and that no other process has', () => {
    expect(nodeIdOf(readEnv({ GREENROOM_SERVICES: 'runs', GREENROOM_NODE: 'runs-2' }))).toBe(`runs-2@${hostname()}`)
    expect(nodeIdOf(readEnv({ GREENROOM_SERVICES: 'api,live' }))).toBe(`api+live-${process.pid}@${hostname()}`)
    expect(nodeIdOf(readEnv({}))).toBe(`${hostname()}-${process.pid}`)
  })

  it('has a number where its name ends with one', () => {
    const number = (name: string) => numberOf(readEnv({ GREENROOM_NODE: name }))
    expect([number('runs-2'), number('runs'), number('api+live-12')]).toEqual([2, 0, 12])
  })

  it('of some services only shares everything with those of the others, or is refused', () => {
    expect(refusal({ ...servers, GREENROOM_SERVICES: 'runs' })).toBeNull()
    expect(refusal({ GREENROOM_NATS_URL: servers.GREENROOM_NATS_URL })).toBeNull()
    for (const name of Object.keys(servers)) {
      const sentence = refusal({ ...servers, [name]: '', GREENROOM_SERVICES: 'runs' })
      expect(sentence).toContain('GREENROOM_SERVICES is "runs"')
      expect(sentence).toContain(`set ${name}`)
    }
  })
})
