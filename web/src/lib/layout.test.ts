import { Layout } from './layout.ts'
import { LineStore } from './lines.ts'
import { columns } from './width.ts'

const mixed = () => {
  const store = new LineStore()
  store.append('stdout', 'one\n', 0)
  store.append('stderr', 'oh\n', 0)
  store.append('stdout', 'three is long\nfour', 0)
  return store
}
const shown = (layout: Layout) => Array.from({ length: layout.length }, (_, position) => layout.row(position))

describe('where rows are shown', () => {
  it('is one after the other without a filter', () => {
    const layout = new Layout(mixed())
    layout.sync()
    expect(shown(layout)).toEqual([0, 1, 2, 3])
    expect(layout.units).toBe(4)
    expect(layout.positionAt(2.7)).toBe(2)
  })

  it('skips the other stream', () => {
    const layout = new Layout(mixed())
    layout.configure('stdout', 0)
    layout.sync()
    expect(shown(layout)).toEqual([0, 2, 3])
    expect(layout.positionOf(2)).toBe(1)
  })

  it('takes as many lines as the text needs when it wraps', () => {
    const layout = new Layout(mixed())
    layout.configure('both', 5)
    layout.sync()
    expect(layout.units).toBe(6)
    expect([0, 1, 2, 3, 4, 5].map((unit) => layout.positionAt(unit))).toEqual([0, 1, 2, 2, 2, 3])
    expect([0, 1, 2, 3].map((position) => layout.unitOf(position))).toEqual([0, 1, 2, 5])
  })

  it('follows a row that grows', () => {
    const store = mixed()
    const layout = new Layout(store)
    layout.configure('stdout', 5)
    layout.sync()
    store.append('stdout', ' and more\n', 0)
    layout.sync()
    layout.sync()
    expect(shown(layout)).toEqual([0, 2, 3])
    expect(layout.units).toBe(1 + 3 + 3)
  })

  it('counts cells, not code units', () => {
    expect([columns('abc'), columns('a\tb'), columns('日本'), columns('e\u0301'), columns('🙂')]).toEqual([
      3, 9, 4, 1, 2,
    ])
  })
})
