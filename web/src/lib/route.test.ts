import { EVERY_RUN, editorAddress, lineIn, route, runAddress, runsAddress } from './route.ts'

const at = (address: string) => route(new URL(address, 'http://localhost'))

describe('an address', () => {
  it('names its page', () => {
    expect(at('/')).toEqual({ page: 'editor', run: null })
    expect(at(editorAddress('a/b'))).toEqual({ page: 'editor', run: 'a/b' })
    expect(at(runAddress('a/b', 12))).toEqual({ page: 'run', id: 'a/b', line: 12 })
    expect(at('/runs/')).toEqual({ page: 'runs', filter: EVERY_RUN })
    expect(at('/nowhere')).toEqual({ page: 'unknown', path: '/nowhere' })
  })

  it('carries the filter of a list', () => {
    const filter = { state: 'failed', language: '', label: 'team=a&b', time: '1d' }
    expect(at(runsAddress(filter))).toEqual({ page: 'runs', filter })
    expect(runsAddress({ state: '', language: '' })).toBe('/runs')
  })

  it('may name a line', () => {
    expect([lineIn('#L7'), lineIn('#L0'), lineIn('#x'), lineIn('')]).toEqual([7, null, null, null])
  })
})
