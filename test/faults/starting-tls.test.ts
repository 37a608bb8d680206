import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { redis } from '../../cli/setup/infra/redis.ts'
import { describeOn } from '../servers/describe-on.ts'
import { type Instance, startInstance } from '../servers/instance.ts'
import { startNats } from '../servers/nats.ts'
import { kafkaSpeaking } from './kafka-listener.ts'
import { type Starting, startOn } from './starting-node.ts'

const folder = mkdtempSync(join(tmpdir(), 'greenroom-tls-'))
const [certificate, key, both] = ['cert.pem', 'key.pem', 'both.pem'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
]

// For this machine alone, and its own authority.
const certify = () =>
  execFileSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-out', certificate, '-keyout', key],
  ])

const redisWithTls: typeof redis = {
  ...redis,
  parts: (dir, ports) =>
    redis.parts(dir, ports).map((part) => {
      const [program, ...args] = part.command
      const tls = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-auth-clients', 'no', '--port', '0']
      const moved = args.map((arg) => (arg === '--port' ? '--tls-port' : arg))
      return { ...part, command: [program, ...moved, ...tls] }
    }),
}

const kafkaWithTls = kafkaSpeaking(
  'SSL',
  `listener.name.plaintext.ssl.keystore.type=PEM
listener.name.plaintext.ssl.keystore.location=${both}
listener.name.plaintext.ssl.truststore.type=PEM
listener.name.plaintext.ssl.truststore.location=${certificate}`,
)

describeOn(
  'nats',
  'redis',
  'kafka',
)('a node whose servers speak TLS', () => {
  let servers: Instance[]
  let node: Starting | undefined

  beforeAll(async () => {
    certify()
    writeFileSync(both, readFileSync(key, 'utf8') + readFileSync(certificate, 'utf8'))
    const nats = startNats({ args: ['--tls', '--tlscert', certificate, '--tlskey', key] })
    servers = await Promise.all([nats, startInstance(redisWithTls), startInstance(kafkaWithTls)])
  })
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    rmSync(folder, { recursive: true, force: true })
  })
  afterEach(async () => {
    await node?.end()
    node = undefined
  })

  const settings = (natsScheme: string, redisScheme: string, kafkaScheme: string) => ({
    GREENROOM_NATS_URL: `${natsScheme}://localhost:${servers[0]?.port}`,
    GREENROOM_REDIS_URL: `${redisScheme}://localhost:${servers[1]?.port}`,
    GREENROOM_KAFKA_BROKERS: `${kafkaScheme}://localhost:${servers[2]?.port}`,
  })

  it('serves where it trusts their authority', async () => {
    node = await startOn({ ...settings('tls', 'rediss', 'kafkas'), NODE_EXTRA_CA_CERTS: certificate })
    await node.serves()
  })

  it('lives where it does not, and says what helps', async () => {
    node = await startOn(settings('tls', 'rediss', 'kafkas'))
    await node.tells({
      nats: /^NATS at localhost:\d+ .*certificate.* NODE_EXTRA_CA_CERTS \(GREENROOM_NATS_URL\)/,
      redis: /^Redis at localhost:\d+ .*certificate.* NODE_EXTRA_CA_CERTS \(GREENROOM_REDIS_URL\)/,
      kafka: /^Kafka at localhost:\d+ .*certificate.* NODE_EXTRA_CA_CERTS \(GREENROOM_KAFKA_BROKERS\)/,
    })
  })

  it('lives where its addresses are not for TLS, and says so', async () => {
    // The client of NATS goes over to TLS by itself.
    node = await startOn(settings('nats', 'redis', 'kafka'))
    await node.tells({
      nats: /^NATS at localhost:\d+ .*certificate.* NODE_EXTRA_CA_CERTS \(GREENROOM_NATS_URL\)/,
      redis: /^Redis at localhost:\d+ breaks the connection off\. .*rediss:\/\/ .*\(GREENROOM_REDIS_URL\)/,
      kafka: /^Kafka at localhost:\d+ .*kafkas:\/\/.*\(GREENROOM_KAFKA_BROKERS\)/,
    })
  })
})
