import { PARTITIONS } from '../contract/topic.ts'
import { scratch } from '../sqlite/scratch.ts'
import { sqliteTopics } from '../topics/sqlite.ts'
import { type DocumentsHarness, documentsSuite } from './documents.suite.ts'
import { indexesOf } from './indexes.ts'
import { searchSuite } from './search.suite.ts'
import { search } from './search.ts'
import { sqliteDocuments } from './sqlite.ts'

const open = async (): Promise<DocumentsHarness> => {
  const file = scratch()
  let topics = sqliteTopics(file.database)
  let store = sqliteDocuments(file.database, topics)
  return {
    store: () => store,
    async published(topic) {
      const pages = Array.from({ length: PARTITIONS }, (_, partition) => topics.read(topic, partition, 0, 1000))
      return (await Promise.all(pages)).flat()
    },
    async restart() {
      topics = sqliteTopics(await file.reopen())
      store = sqliteDocuments(file.database, topics)
    },
    close: () => file.discard(),
  }
}

documentsSuite('SQLite', open)
searchSuite('SQLite', open)

describe('the indexes of the data file', () => {
  const executions = {
    name: 'executions',
    indexes: [['state'], ['saga.due'], ['user', 'id'], ['user', 'state', 'id'], ['createdAt']],
    unique: ['key'],
  }
  const newest = { by: 'id', order: 'desc' } as const

  it.each([
    [{ where: { 'saga.due': { lte: 5 } } }, ['executions:saga.due (<expr><?)']],
    [{ where: { key: 'x' } }, ['executions:key is unique (<expr>=?)']],
    [{ where: { user: 'x' }, sort: newest }, ['executions:user,id (<expr>=?)']],
    [{ where: { user: 'x', id: { lt: 'y' } }, sort: newest }, ['executions:user,id (<expr>=? AND id<?)']],
    [{ where: { user: 'x', state: 'y' }, sort: newest }, ['executions:user,state,id (<expr>=? AND <expr>=?)']],
    [
      { where: { user: 'x', state: { in: ['a', 'b'] } }, sort: newest },
      ['executions:user,state,id (<expr>=? AND <expr>=?)', 'executions:user,state,id (<expr>=? AND <expr>=?)'],
    ],
    [{ where: {}, sort: newest }, ['sqlite_autoindex_document_1 (collection=?)']],
    [{ where: { id: { gt: 'x' } }, sort: newest }, ['sqlite_autoindex_document_1 (collection=? AND id>?)']],
    [{ where: { language: 'x' }, sort: { by: 'createdAt', order: 'asc' } as const }, ['executions:createdAt']],
  ])('serve %j', async (find, used) => {
    const file = scratch()
    const store = sqliteDocuments(file.database, sqliteTopics(file.database))
    await store.declare(executions)
    await store.declare(executions)
    const { sql, values } = search('executions', indexesOf(executions), { ...find, limit: 10 })
    const steps = file.database.all<{ detail: string }>(`explain query plan ${sql}`, ...values)
    const details = steps.map(({ detail }) => detail).filter((detail) => / USING INDEX /.test(detail))
    expect(details.map((detail) => detail.replace(/^.* USING INDEX /, ''))).toEqual(used)
    // Only the union of several branches is sorted anew, each of which is limited already.
    expect(steps.filter(({ detail }) => detail.includes('TEMP B-TREE'))).toHaveLength(used.length > 1 ? 1 : 0)
    await file.discard()
  })
})
