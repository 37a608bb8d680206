import { event, fact } from '../contract/contract.ts'
import { sqliteQueues } from '../queue/sqlite.ts'
import { sqliteDocuments } from '../store/sqlite.ts'
import { sqliteStreams } from '../streams/sqlite.ts'
import { sqliteTopics } from '../topics/sqlite.ts'
import { openDatabase } from './database.ts'

/** Writes to every capability of the data file it is given, without an end, and says what was acknowledged. */
const Made = event({
  name: 'things.made',
  topic: 'things',
  about: 'Test.',
  key: 'id',
  payload: { id: { type: 'string' } },
})

const [, , file = '', run = ''] = process.argv
const database = openDatabase(file)
const topics = sqliteTopics(database)
const store = sqliteDocuments(database, topics)
const queue = sqliteQueues(database)('work')
const streams = sqliteStreams(database)

const say = (...words: (string | number)[]) =>
  new Promise<unknown>((said) => process.stdout.write(`${words.join(' ')}\n`, said))

const documents = async (writer: number) => {
  for (let n = 0; ; n++) {
    const id = `${run}-${writer}-${n}`
    await store.insert('things', { id, rev: 1 }, [fact(Made, { id })], { id })
    await say('document', id)
  }
}

const jobs = async (writer: number) => {
  for (let n = 0; ; n++) {
    const id = `${run}-${writer}-${n}`
    await queue.add({ id, payload: id, priority: 0 })
    await say('added', id)
    const [job] = n % 2 ? await queue.take('worker', 1, 60_000) : []
    if (job && (await queue.ack(job))) await say('acked', job.id)
  }
}

const output = async (writer: number) => {
  const key = `${run}-${writer}`
  for (let n = 1; ; n++) {
    const seq = await streams.append(key, [{ channel: 'stdout', bytes: new TextEncoder().encode(`<${n}>`), at: n }])
    await say('chunk', key, seq)
  }
}

const writers = [0, 1, 2, 3].flatMap((writer) => [documents(writer), jobs(writer), output(writer)])
await Promise.all(writers)
