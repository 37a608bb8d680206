import { MongoClient, MongoCompatibilityError } from 'mongodb'
import { eventually } from '../../test/eventually.ts'
import { describeOn } from '../../test/servers/describe-on.ts'
import type { Instance } from '../../test/servers/instance.ts'
import { startMongo } from '../../test/servers/mongo.ts'
import { startStranger } from '../../test/servers/stranger.ts'
import { mongoDocuments } from './mongo.ts'
import { sentenceOf } from './mongo-refused.ts'

const unavailable = (reason: string) =>
  expect.objectContaining({ type: 'STORE_UNAVAILABLE', retryable: true, code: 503, data: { reason } })

const opened = (url: string) => {
  const lines: string[] = []
  const log = (line: string) => void lines.push(line)
  return { lines, store: mongoDocuments(url, { info: log, warn: log }) }
}

describe('a setting that names no MongoDB', () => {
  it.each(['', 'http://127.0.0.1', 'mongodb://', 'mongodb://u:secret@:99999/x', 'mongodb://a/?w=many&nonsense=1'])(
    'is refused with a sentence that names it and shows no secret: %j',
    (url) => {
      const refused = expect.objectContaining({ type: 'MONGO_REFUSED' })
      expect(() => opened(url)).toThrow(refused)
      expect(() => opened(url)).toThrow(/^GREENROOM_MONGODB_URL is not an address of MongoDB \((?!.*secret).*mongodb:/)
    },
  )
})

describe('a server that is too old', () => {
  it('is named, with the setting and what helps', () => {
    const message = 'Server at old:27017 reports maximum wire version 6, but this version requires at least 8'
    expect(sentenceOf('old:27017', new MongoCompatibilityError(message))).toMatch(
      /^MongoDB at old:27017 is too old .* MongoDB 5\.0 or newer .*GREENROOM_MONGODB_URL/,
    )
  })
})

describe('a server that never answers', () => {
  it('keeps nobody waiting, and is told from one that is down', async () => {
    const silent = await startStranger()
    const { store } = opened(`mongodb://127.0.0.1:${silent.port}/x`)
    await store.declare({ name: 'things' })
    await expect(store.get('things', 'a')).rejects.toThrow(unavailable('unreachable'))
    await eventually(() => expect(store.health().message).toMatch(/ does not answer\. .*GREENROOM_MONGODB_URL/))
    await store.close()
    await silent.close()
  })
})

describeOn('mongodb')('the connection to MongoDB', () => {
  it('is made when the server comes, and keeps nobody waiting until then', async () => {
    const server = await startMongo()
    const name = new URL(server.url).host
    await server.kill()
    const { store, lines } = opened(server.url)
    const since = performance.now()
    await store.declare({ name: 'things', unique: ['tag'] })
    await expect(store.insert('things', { id: 'a', rev: 1 }, [])).rejects.toThrow(unavailable('unreachable'))
    expect(performance.now() - since).toBeLessThan(30_000)
    await eventually(() => expect(store.health()).toMatchObject({ ok: false }))
    await eventually(() =>
      expect(store.health().message).toMatch(
        new RegExp(`^MongoDB at ${name} is not running.*GREENROOM_MONGODB_URL .*ECONNREFUSED`),
      ),
    )
    await server.restart()
    await eventually(() => expect(store.health()).toEqual({ ok: true, message: `${name} answers` }))
    await store.insert('things', { id: 'a', rev: 1, tag: 'x' } as { id: string; rev: number }, [])
    // Unique fields are guarded, although nobody could declare them when they were declared.
    await expect(
      store.insert('things', { id: 'b', rev: 1, tag: 'x' } as { id: string; rev: number }, []),
    ).rejects.toMatchObject({ field: 'tag' })
    // Said once, not at each attempt.
    expect(new Set(lines).size).toBe(lines.length)
    await store.close()
    await expect(store.get('things', 'a')).rejects.toThrow(unavailable('unreachable'))
    await server.stop()
  })

  it('tells that user or password are wrong, shows neither, and is made when they are right', async () => {
    const server = await startMongo({ args: ['--auth'] })
    const url = server.url.replace('//', '//somebody:geheim@').concat('?authSource=admin')
    const { store, lines } = opened(url)
    await eventually(() =>
      expect(store.health().message).toMatch(/does not let Greenroom in\. .*GREENROOM_MONGODB_URL/),
    )
    await expect(store.get('things', 'a')).rejects.toThrow(unavailable('unreachable'))
    expect(lines.join()).not.toContain('geheim')
    expect(await userMade(server)).toBe(true)
    await eventually(() => expect(store.health().ok).toBe(true))
    expect(await store.get('things', 'a')).toBeNull()
    await store.close()
    await server.stop()
  })
})

/** The first user may be made by whoever is on the machine. */
const userMade = async (server: Instance): Promise<boolean> => {
  const client = new MongoClient(server.url)
  const user = { createUser: 'somebody', pwd: 'geheim', roles: [{ role: 'root', db: 'admin' }] }
  const { ok } = await client.db('admin').command(user)
  await client.close()
  return ok === 1
}
