import { randomUUID } from 'node:crypto'
import { eventually } from '../../test/eventually.ts'
import { describeOn } from '../../test/servers/describe-on.ts'
import type { Instance } from '../../test/servers/instance.ts'
import { startMongo } from '../../test/servers/mongo.ts'
import { PARTITIONS } from '../contract/topic.ts'
import { scratch } from '../sqlite/scratch.ts'
import { sqliteTopics } from '../topics/sqlite.ts'
import { type DocumentsHarness, documentsSuite } from './documents.suite.ts'
import { mongoDocuments } from './mongo.ts'
import { Relay } from './relay.ts'
import { searchSuite } from './search.suite.ts'

const silent = { info: () => undefined, warn: () => undefined }

describeOn('mongodb')('the store on MongoDB', () => {
  let server: Instance
  beforeAll(async () => {
    server = await startMongo()
  })
  afterAll(() => server?.stop())

  const open = async (): Promise<DocumentsHarness> => {
    const url = server.url.replace(/greenroom$/, `test-${randomUUID()}`)
    const file = scratch()
    let topics = sqliteTopics(file.database)
    let store = mongoDocuments(url, silent)
    let relay = new Relay(store.outbox, topics, silent)
    const end = async () => {
      await relay.close()
      await store.close()
    }
    return {
      store: () => store,
      async published(topic) {
        await eventually(async () => expect(await store.outbox.oldest()).toBeNull())
        const pages = Array.from({ length: PARTITIONS }, (_, partition) => topics.read(topic, partition, 0, 1000))
        return (await Promise.all(pages)).flat()
      },
      async restart() {
        await end()
        topics = sqliteTopics(await file.reopen())
        store = mongoDocuments(url, silent)
        relay = new Relay(store.outbox, topics, silent)
      },
      async close() {
        await end()
        await file.discard()
      },
    }
  }

  documentsSuite('MongoDB', open)
  searchSuite('MongoDB', open)
})
