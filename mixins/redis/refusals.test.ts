import { RedisUrlRefused, sentenceOf, serverOf, unfit } from './refusals.ts'

const info = (version: string, memory = 'maxmemory:0\r\nmaxmemory_policy:noeviction') =>
  `# Server\r\nredis_version:${version}\r\nredis_mode:standalone\r\n# Memory\r\n${memory}\r\n`

describe('the address of a Redis server', () => {
  it.each([
    ['redis://localhost', 'localhost:6379'],
    ['redis://user:secret@redis.example:7000/3', 'redis.example:7000'],
    ['rediss://10.0.0.1', '10.0.0.1:6379'],
  ])('%s names a server', (url, server) => expect(serverOf(url)).toBe(server))

  it.each(['', 'localhost:6379', 'http://localhost', 'redis://', 'redis:localhost', 'redis://localhost/secret'])(
    '%j is refused, with what it has to look like and without what it was',
    (url) => {
      expect(() => serverOf(url)).toThrow(RedisUrlRefused)
      expect(() => serverOf(url)).toThrow(/^GREENROOM_REDIS_URL .*redis:\/\/HOST:PORT/)
      expect(() => serverOf(url)).not.toThrow(/secret/)
    },
  )
})

describe('a Redis server', () => {
  it.each(['6.2.0', '7.0.15', '8.2.1', '10.0.0'])('of version %s will do', (version) => {
    expect(unfit('here:1', info(version))).toBeNull()
  })

  it.each(['2.8.0', '5.0.14', '6.0.16'])('of version %s is too old', (version) => {
    expect(unfit('here:1', info(version))).toBe(
      `Redis at here:1 is version ${version}; 6.2 is the oldest that will do. Upgrade it, or name another (GREENROOM_REDIS_URL).`,
    )
  })

  it('that may evict what it holds will not do', () => {
    expect(unfit('here:1', info('7.0.0', 'maxmemory:1000\r\nmaxmemory_policy:allkeys-lru'))).toContain('noeviction')
    expect(unfit('here:1', info('7.0.0', 'maxmemory:0\r\nmaxmemory_policy:allkeys-lru'))).toBeNull()
  })
})

describe('the sentence about a server that does not serve', () => {
  it.each([
    [
      { code: 'ECONNRESET', message: 'read ECONNRESET' },
      /breaks the connection off\. .*rediss:\/\/ where it asks for TLS/,
    ],
    [{ message: 'self-signed certificate' }, /a certificate that is not trusted\. .*NODE_EXTRA_CA_CERTS/],
    [{ message: 'WRONGPASS invalid' }, /refuses the user or the password\. Put those/],
  ])('names the server, the setting and what helps (%j)', (error, sentence) => {
    expect(sentenceOf('here:1', error)).toMatch(/^Redis at here:1 .*\(GREENROOM_REDIS_URL\)\.$/)
    expect(sentenceOf('here:1', error)).toMatch(sentence)
  })
})
