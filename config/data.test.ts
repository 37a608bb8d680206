import { spareOnceServed } from './data.ts'

describe('a server that can be spared for a while', () => {
  it('is needed until it has served once, and then no more', () => {
    let ok = false
    const health = spareOnceServed(() => ({ ok, message: 'x' }))
    expect(health()).toEqual({ ok: false, message: 'x', spare: false })
    ok = true
    expect(health()).toMatchObject({ ok: true, spare: true })
    ok = false
    expect(health()).toMatchObject({ ok: false, spare: true })
  })
})
