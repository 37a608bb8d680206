import { natsSentence } from './nats-address.ts'

describe('the sentence about a NATS that does not serve', () => {
  it.each([
    [
      { code: 'DEPTH_ZERO_SELF_SIGNED_CERT', message: 'self-signed certificate' },
      /not trusted\. .*NODE_EXTRA_CA_CERTS/,
    ],
    [{ code: 'CONNECTION_REFUSED', message: 'x' }, /refuses the connection\. Start it/],
    [{ code: 'AUTHORIZATION_VIOLATION', message: 'x' }, /refuses the user or the password\. Put those/],
    [{ code: 'CONNECTION_TIMEOUT', message: 'x' }, /does not answer\. Look whether it is a NATS server/],
  ])('names the server, the setting and what helps (%j)', (error, sentence) => {
    const told = natsSentence('nats://me:secret@here:1', error)
    expect(told).toMatch(/^NATS at here:1 .*\(GREENROOM_NATS_URL\)\.$/)
    expect(told).toMatch(sentence)
  })
})
