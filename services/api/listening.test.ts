import { cannotListen } from './listening.ts'

describe('a server that cannot listen', () => {
  it.each([
    ['EADDRINUSE', /^127\.0\.0\.1:3000 is in use .*GREENROOM_PORT.*\.$/],
    ['EADDRNOTAVAIL', /^127\.0\.0\.1:3000 is no address .*GREENROOM_HOST.*\.$/],
    ['EACCES', /^127\.0\.0\.1:3000 may not be opened .*GREENROOM_PORT.*\.$/],
    ['ENOTFOUND', /GREENROOM_HOST/],
  ])('says why and what to do: %s', (code, sentence) => {
    expect(cannotListen(Object.assign(new RangeError('x'), { code }), '127.0.0.1', 3000)).toMatch(sentence)
  })

  it('says nothing of what befalls one that listens', () => {
    expect(cannotListen(new RangeError('x'), '127.0.0.1', 3000)).toBeNull()
  })
})
