import { once } from 'node:events'
import { createServer } from 'node:http'
import { describeOn } from '../servers/describe-on.ts'
import { type Guarded, startGuarded } from './guarded-servers.ts'
import { type Starting, startOn } from './starting-node.ts'

let node: Starting | undefined
afterEach(async () => {
  await node?.end()
  node = undefined
})

describeOn(
  'nats',
  'redis',
  'mongodb',
  'kafka',
)('a node whose servers do not serve it', () => {
  let servers: Guarded

  beforeAll(async () => {
    servers = await startGuarded()
  })
  afterAll(() => servers?.stop())

  it('lives, names each that refuses its password with the setting and the fix, and serves once they let it in', async () => {
    node = await startOn(servers.settings)
    await node.tells({
      nats: /^NATS at 127\.0\.0\.1:\d+ refuses the user or the password\. .*\(GREENROOM_NATS_URL\)/,
      redis: /^Redis at 127\.0\.0\.1:\d+ refuses the user or the password\. .*\(GREENROOM_REDIS_URL\)/,
      mongodb: /^MongoDB at 127\.0\.0\.1:\d+ does not let Greenroom in\. .*GREENROOM_MONGODB_URL/,
      kafka: /^Kafka at 127\.0\.0\.1:\d+ refuses the user or the password\. .*\(GREENROOM_KAFKA_BROKERS\)/,
    })
    const told = JSON.stringify(await node.details()) + node.said()
    expect(told).not.toContain(servers.password)
    await servers.letIn()
    await node.serves()
  })

  it('lives, names each that is down with the setting and the fix, and serves once they are there', async () => {
    await servers.kill()
    node = await startOn(servers.settings)
    const down = (name: string, setting: string) =>
      new RegExp(`^${name} at 127\\.0\\.0\\.1:\\d+ (refuses the connection|is not running).* Start it.*${setting}`)
    await node.tells({
      nats: down('NATS', 'GREENROOM_NATS_URL'),
      redis: down('Redis', 'GREENROOM_REDIS_URL'),
      mongodb: down('MongoDB', 'GREENROOM_MONGODB_URL'),
      kafka: down('Kafka', 'GREENROOM_KAFKA_BROKERS'),
    })
    await servers.restart()
    await node.serves()
  })

  it('lives and names each that is something else: the addresses are those of other servers', async () => {
    const { nats, redis } = servers.ports
    node = await startOn({
      GREENROOM_NATS_URL: `nats://127.0.0.1:${redis}`,
      GREENROOM_REDIS_URL: `redis://127.0.0.1:${nats}`,
      GREENROOM_MONGODB_URL: `mongodb://127.0.0.1:${redis}/x`,
      GREENROOM_KAFKA_BROKERS: `127.0.0.1:${redis}`,
    })
    await node.tells({
      nats: /^NATS at .*(protocol|NATS server).*\(GREENROOM_NATS_URL\)/,
      redis: /^Redis at .* does not speak this protocol\. Correct the address .*\(GREENROOM_REDIS_URL\)/,
      mongodb: /^MongoDB at .*GREENROOM_MONGODB_URL/,
      kafka: /^Kafka at .*(protocol|See that it is Kafka|Correct the address).*\(GREENROOM_KAFKA_BROKERS\)/,
    })
  })
})

describe('a node whose addresses are those of a web server', () => {
  it('lives and names each with the setting', async () => {
    const web = createServer((_, res) => res.end('a page')).listen(0, '127.0.0.1')
    await once(web, 'listening')
    const { port } = web.address() as { port: number }
    node = await startOn({
      GREENROOM_NATS_URL: `nats://127.0.0.1:${port}`,
      GREENROOM_REDIS_URL: `redis://127.0.0.1:${port}`,
      GREENROOM_MONGODB_URL: `mongodb://127.0.0.1:${port}/x`,
      GREENROOM_KAFKA_BROKERS: `127.0.0.1:${port}`,
    })
    await node.tells({
      nats: /^NATS at .*\(GREENROOM_NATS_URL\)/,
      redis: /^Redis at .* does not speak this protocol\. .*\(GREENROOM_REDIS_URL\)/,
      mongodb: /^MongoDB at .*GREENROOM_MONGODB_URL/,
      kafka: /^Kafka at .*\(GREENROOM_KAFKA_BROKERS\)/,
    })
    await node.end()
    node = undefined
    web.close()
    web.closeAllConnections()
  })
})
