import { readFileSync } from 'node:fs'
import { isLoopback, printable, readEnv } from './env.ts'
import { checkout, settings } from './settings.ts'
import { printSettings, settingsPage } from './settings-page.ts'

const refusal = (source: Record<string, string>): string => {
  try {
    readEnv(source)
  } catch (error) {
    expect(error).toMatchObject({ type: 'SETTING_REFUSED' })
    return (error as Error).message
  }
  return 'accepted'
}

describe('the environment', () => {
  it('gives every setting its default when nothing is set', () => {
    const env = readEnv({ PATH: '/bin', GREENROOM_URL: 'http://elsewhere' })
    expect(env).toMatchObject({ host: '127.0.0.1', port: 3000, dataDir: `${checkout}/.data`, token: null })
    expect(env.slots).toBeGreaterThanOrEqual(4)
    expect(Object.keys(env)).toEqual(Object.keys(settings))
  })

  it('types the values that are set, and takes an empty one as unset', () => {
    const env = readEnv({ GREENROOM_PORT: '8080', GREENROOM_UNSAFE_TRUSTED_ONLY: 'true', GREENROOM_SLOTS: '' })
    expect(env).toMatchObject({ port: 8080, unsafeTrustedOnly: true, slots: settings.slots.default })
  })

  it('makes the data directory absolute', () => {
    expect(readEnv({ GREENROOM_DATA: 'some where' }).dataDir).toBe(`${process.cwd()}/some where`)
  })

  it.each([
    ['GREENROOM_PORT', '80a', 'GREENROOM_PORT is "80a", but must be a whole number from 1 to 65535.'],
    ['GREENROOM_PORT', '70000', 'GREENROOM_PORT is "70000", but must be a whole number from 1 to 65535.'],
    ['GREENROOM_SLOTS', '-1', 'GREENROOM_SLOTS is "-1", but must be a whole number from 1 to 10000.'],
    ['GREENROOM_SLOTS', '1e3', 'GREENROOM_SLOTS is "1e3", but must be a whole number from 1 to 10000.'],
    ['GREENROOM_EXECUTOR', 'kubernetes', 'GREENROOM_EXECUTOR is "kubernetes", but must be sandbox.'],
    ['GREENROOM_UNSAFE_TRUSTED_ONLY', 'yes', 'GREENROOM_UNSAFE_TRUSTED_ONLY is "yes", but must be true or false.'],
    [
      'GREENROOM_KAFKA_BROKERS',
      'kafka',
      'GREENROOM_KAFKA_BROKERS has 5 characters, but must be HOST:PORT of each broker, with commas between them, or kafka://USER:PASSWORD@HOST:PORT,HOST:PORT (kafkas:// for TLS).',
    ],
    [
      'GREENROOM_SERVICES',
      'api,rums',
      'GREENROOM_SERVICES is "api,rums", but must be names of folders in services/, with commas; there is no "rums".',
    ],
    [
      'GREENROOM_SERVICES',
      '../api',
      'GREENROOM_SERVICES is "../api", but must be names of folders in services/, with commas; there is no "../api".',
    ],
    ['GREENROOM_HOST', 'a b', 'GREENROOM_HOST is "a b", but must be an IP address or a host name.'],
  ])('refuses %s=%s with a sentence', (name, value, sentence) => {
    expect(refusal({ [name]: value })).toBe(sentence)
  })

  it('never repeats a secret, not even a refused one', () => {
    const sentence = refusal({ GREENROOM_TOKEN: 'hunter2' })
    expect(sentence).toContain('GREENROOM_TOKEN has 7 characters')
    expect(sentence).not.toContain('hunter2')
  })

  it.each([
    ['GREENROOM_NATS_URL', 'localhost:4222', 'nats://HOST:PORT'],
    ['GREENROOM_NATS_URL', 'nats://one:4222,redis://two', 'nats://HOST:PORT'],
    ['GREENROOM_REDIS_URL', 'http://secret@host', 'redis://HOST:PORT'],
    ['GREENROOM_MONGODB_URL', 'mongodb://', 'mongodb://HOST:PORT'],
  ])('refuses %s=%s, without repeating a password that it may hold', (name, value, expected) => {
    expect(refusal({ [name]: value })).toBe(
      `${name} has ${value.length} characters, but must be an address like ${expected}.`,
    )
  })

  it('takes the addresses of one server or several', () => {
    const mongodbUrl = 'mongodb://me:pw@one:27017,two:27017/greenroom?replicaSet=rs'
    const natsUrl = 'nats://one:4222,nats://two:4222'
    const source = {
      GREENROOM_MONGODB_URL: mongodbUrl,
      GREENROOM_NATS_URL: natsUrl,
      GREENROOM_KAFKA_BROKERS: 'a:1,[::1]:2',
    }
    expect(readEnv(source)).toMatchObject({ mongodbUrl, natsUrl, kafkaBrokers: 'a:1,[::1]:2' })
  })

  it('refuses an unknown setting and names the one that was meant', () => {
    expect(refusal({ GREENROOM_PROT: '80' })).toBe(
      'GREENROOM_PROT is not a setting of Greenroom; did you mean GREENROOM_PORT?',
    )
    expect(refusal({ GREENROOM_FLUX_CAPACITOR_ENABLED: '1' })).toContain('docs/settings.md lists them all')
  })

  it('asks for a token on any address that other machines can reach', () => {
    for (const host of ['0.0.0.0', '10.0.0.7', '::', 'example.org']) {
      expect(refusal({ GREENROOM_HOST: host })).toContain('set GREENROOM_TOKEN')
      expect(readEnv({ GREENROOM_HOST: host, GREENROOM_TOKEN: 'x'.repeat(32) }).host).toBe(host)
    }
    for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', '::1']) expect(isLoopback(host)).toBe(true)
    expect(isLoopback('127.evil.example')).toBe(false)
  })

  it('masks secrets where settings are shown', () => {
    const shown = printable(readEnv({ GREENROOM_TOKEN: 'correct-horse-battery-staple-0123' }))
    expect(shown).toMatchObject({ GREENROOM_TOKEN: '********', GREENROOM_PORT: '3000' })
    expect(printable(readEnv({}))).toMatchObject({ GREENROOM_TOKEN: 'none' })
  })

  it('is documented as it is: run `node config/settings-page.ts` when this fails', () => {
    expect(readFileSync(settingsPage, 'utf8')).toBe(printSettings())
  })
})
