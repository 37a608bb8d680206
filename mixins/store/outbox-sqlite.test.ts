import { eventually } from '../../test/eventually.ts'
import { PARTITIONS } from '../contract/topic.ts'
import { scratch } from '../sqlite/scratch.ts'
import { sqliteTopics } from '../topics/sqlite.ts'
import { type DocumentsHarness, documentsSuite } from './documents.suite.ts'
import { sqliteOutbox } from './outbox-sqlite.ts'
import { Relay } from './relay.ts'
import { sqliteDocuments } from './sqlite.ts'

const silent = { info: () => undefined, warn: () => undefined }

const open = async (): Promise<DocumentsHarness> => {
  const file = scratch()
  const elsewhere = scratch()
  const topics = sqliteTopics(elsewhere.database)
  let outbox = sqliteOutbox(file.database)
  let store = sqliteDocuments(file.database, outbox)
  let relay = new Relay(outbox, topics, silent)
  return {
    store: () => store,
    async published(topic) {
      await eventually(async () => expect(await outbox.oldest()).toBeNull())
      const pages = Array.from({ length: PARTITIONS }, (_, partition) => topics.read(topic, partition, 0, 1000))
      return (await Promise.all(pages)).flat()
    },
    async restart() {
      await relay.close()
      await file.reopen()
      outbox = sqliteOutbox(file.database)
      store = sqliteDocuments(file.database, outbox)
      relay = new Relay(outbox, topics, silent)
    },
    async close() {
      await relay.close()
      await Promise.all([file.discard(), elsewhere.discard()])
    },
  }
}

documentsSuite('SQLite, with topics elsewhere', open)
