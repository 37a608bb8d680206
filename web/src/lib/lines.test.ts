import { LineStore, ROW_MAX } from './lines.ts'

const rows = (store: LineStore) => Array.from({ length: store.length }, (_, row) => store.text(row))
const printed = (...pieces: string[]) => {
  const store = new LineStore()
  for (const piece of pieces) store.append('stdout', piece, 0)
  return store
}

describe('the rows of an output', () => {
  it('are its lines, wherever the pieces were cut', () => {
    const text = 'one\ntwo\n\nfour'
    expect(rows(printed(text))).toEqual(['one', 'two', '', 'four'])
    expect(rows(printed(...text))).toEqual(['one', 'two', '', 'four'])
    expect(printed(text).open).toBe(true)
    expect(printed(`${text}\n`).open).toBe(false)
  })

  it('keep stdout and stderr apart, in order of arrival', () => {
    const store = printed('a')
    store.append('stderr', 'warning\n', 5)
    store.append('stdout', 'b\n', 7)
    expect(rows(store)).toEqual(['a', 'warning', 'b'])
    expect([0, 1, 2].map((row) => store.stream(row))).toEqual(['stdout', 'stderr', 'stdout'])
    expect([0, 1, 2].map((row) => store.at(row))).toEqual([0, 5, 7])
  })

  it('show a progress bar as its last state', () => {
    expect(rows(printed('10%\r20%\r30%'))).toEqual(['30%'])
    expect(rows(printed('10%\r', '20%\r'))).toEqual(['20%'])
    expect(rows(printed('10%\r', '20%\r', '\n', 'done\r\n'))).toEqual(['20%', 'done'])
    expect(rows(printed('abc\b\bx\b\n'))).toEqual(['a'])
  })

  it('are never longer than a row may be, and count one line', () => {
    const store = printed('x'.repeat(ROW_MAX * 2 + 10), 'y'.repeat(ROW_MAX), '\nnext\n')
    expect(rows(store).map((row) => row.length)).toEqual([ROW_MAX, ROW_MAX, ROW_MAX, 10, 4])
    expect([0, 1, 2, 3, 4].map((row) => store.number(row))).toEqual([1, 1, 1, 1, 2])
    expect(store.continues(1)).toBe(true)
    expect(store.continues(4)).toBe(false)
    expect([store.rowOf(1), store.rowOf(2), store.rowOf(3)]).toEqual([0, 4, -1])
  })

  it('are not cut inside a colour or a character', () => {
    const colour = printed(`${'x'.repeat(ROW_MAX - 2)}\x1b[31mred`)
    expect(colour.text(0)).toBe('x'.repeat(ROW_MAX - 2))
    expect(colour.raw(1)).toBe('\x1b[31mred')
    expect(printed(`${'x'.repeat(ROW_MAX - 1)}🙂`).text(1)).toBe('🙂')
  })

  it('carry the colour of their stream on', () => {
    const store = printed('\x1b[31mred\n', 'still red\n')
    store.append('stderr', 'plain\n', 0)
    expect([0, 1, 2].map((row) => store.look(row).fg)).toEqual([-1, 1, -1])
  })

  it('show what was typed behind the question', () => {
    const store = printed('Name: ')
    store.echo('Bob', 0)
    store.append('stdout', 'Hello Bob\n', 0)
    expect(rows(store)).toEqual(['Name: Bob', 'Hello Bob'])
  })

  it('may be a million, or one endless line in small pieces', () => {
    const started = performance.now()
    const many = new LineStore()
    for (let block = 0; block < 100; block++) many.append('stdout', 'a line of ordinary length\n'.repeat(10_000), 0)
    expect(many.lines).toBe(1_000_000)
    const endless = new LineStore()
    for (let piece = 0; piece < 20_000; piece++) endless.append('stdout', 'x'.repeat(500), 0)
    expect(endless.lines).toBe(1)
    expect(performance.now() - started).toBeLessThan(60_000)
  })
})
