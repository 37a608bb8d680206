import { ServiceBroker, type ServiceSchema } from 'moleculer'
import { attach, type Backends } from '../../mixins/backends.ts'
import { event } from '../../mixins/contract/contract.ts'
import { openDatabase } from '../../mixins/sqlite/database.ts'
import { sqliteDocuments } from '../../mixins/store/sqlite.ts'
import { kafkaTopics } from '../../mixins/topics/kafka.ts'
import { sqliteTopics } from '../../mixins/topics/sqlite.ts'
import { on, topics } from '../../mixins/topics/topics.mixin.ts'

// A service on Kafka that dies over one of its messages and throws over another, for kafka-poison.test.ts. It says every
// message that it has handled, and goes when none is left.
const [file = '', brokers = '', topic = ''] = process.argv.slice(2)

const Fed = event({
  name: 'pets.fed',
  topic,
  about: 'For the test.',
  key: 'id',
  payload: { id: { type: 'string' }, n: { type: 'number' } },
})

const quiet = { info: () => undefined, warn: () => undefined }
const database = openDatabase(file)
const log = kafkaTopics(brokers, quiet)
const broker = new ServiceBroker({ logger: false, nodeID: 'kennel' })
const store = sqliteDocuments(database, sqliteTopics(database))
attach(broker, { topics: log, store } as unknown as Backends)
broker.createService({
  name: 'shop',
  mixins: [topics()],
  actions: {
    fed: on(Fed, async ({ params: { id, n } }) => {
      if (id === 'killer') process.kill(process.pid, 'SIGKILL')
      if (id === 'thrower') throw new RangeError('It does not eat that.')
      // The pipe takes it before anything else happens.
      await new Promise<void>((written) => process.stdout.write(`${id} ${n}\n`, () => written()))
    }),
  },
} as unknown as ServiceSchema)
await broker.start()
// A broker that has only just started knows of no group yet.
const lag = () => log.lag(topic, 'shop').catch(() => 1)
while ((await lag()) > 0) await new Promise((resolve) => setTimeout(resolve, 50))
await broker.stop()
await log.close()
await database.close()
process.exit(0)
