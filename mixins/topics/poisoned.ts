import { ServiceBroker, type ServiceSchema } from 'moleculer'
import { attach, type Backends } from '../backends.ts'
import { event } from '../contract/contract.ts'
import { openDatabase } from '../sqlite/database.ts'
import { sqliteDocuments } from '../store/sqlite.ts'
import { sqliteTopics } from './sqlite.ts'
import { on, topics } from './topics.mixin.ts'

// A service that dies over one of its messages, for poison.test.ts. It says every message that it has handled.
const [file = '', poison = ''] = process.argv.slice(2)

export const Fed = event({
  name: 'pets.fed',
  topic: 'pets.events',
  about: 'For the test.',
  key: 'id',
  payload: { id: { type: 'string' }, n: { type: 'number' } },
})

const database = openDatabase(file)
const log = sqliteTopics(database)
const broker = new ServiceBroker({ logger: false, nodeID: `p-${process.pid}` })
attach(broker, { topics: log, store: sqliteDocuments(database, log) } as unknown as Backends)
broker.createService({
  name: 'shop',
  mixins: [topics()],
  actions: {
    fed: on(Fed, async ({ params: { id, n } }) => {
      if (`${id} ${n}` === poison) process.kill(process.pid, 'SIGKILL')
      // The pipe takes it before anything else happens.
      await new Promise<void>((written) => process.stdout.write(`${id} ${n}\n`, () => written()))
    }),
  },
} as unknown as ServiceSchema)
await broker.start()
while ((await log.lag('pets.events', 'shop')) > 0) await new Promise((resolve) => setTimeout(resolve, 10))
await broker.stop()
await database.close()
