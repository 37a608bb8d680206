import { brokersOf } from './kafka-address.ts'

describe('the brokers of a setting', () => {
  it('are a list of addresses', () => {
    const addresses = ['a:1', 'b.example:9092', '[::1]:3']
    expect(brokersOf('a:1, b.example:9092,[::1]:3')).toEqual({ addresses, tls: false, login: null })
  })

  it('are told who we are, and over TLS, where the address says so', () => {
    expect(brokersOf('kafkas://me:g%40h%3Aeim@a:1,b:2?sasl=plain')).toEqual({
      addresses: ['a:1', 'b:2'],
      tls: true,
      login: { mechanism: 'plain', username: 'me', password: 'g@h:eim' },
    })
    expect(brokersOf('kafka://me:x@a:1')).toMatchObject({ tls: false, login: { mechanism: 'scram-sha-512' } })
    expect(brokersOf('kafkas://a:1/')).toEqual({ addresses: ['a:1'], tls: true, login: null })
  })

  it.each([
    ...[
      '',
      'kafka',
      'a:1,',
      'a:port',
      'a:1 b:2',
      'http://a:1',
      'kafka://',
      'kafka://a',
      'kafka://me@a:1',
      'kafka://me:@a:1',
    ],
    ...['kafka://me:x@a:1?sasl=gssapi', 'kafka://a:1?sasl=plain', 'kafka://me:%zz@a:1', 'kafka://me:x@a:1/topic'],
  ])('are refused with the form that they must have, and without the password: %j', (wrong) => {
    const refused = () => brokersOf(wrong)
    expect(refused).toThrow(/GREENROOM_KAFKA_BROKERS.*HOST:PORT/)
    expect(refused).not.toThrow(/%zz/)
  })
})
