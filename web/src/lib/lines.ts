import { type Look, plain, spans } from './ansi.ts'
import { Column } from './column.ts'
import { LookTable } from './looks.ts'
import type { Stream } from './wire.ts'

/** The longest row; a longer line goes on in rows of its own, so that no line is too long to draw. */
export const ROW_MAX = 2000
const STREAMS: readonly Stream[] = ['stdout', 'stderr']

// Where a row may end: not inside a colour code, not between the halves of a character.
const cut = (text: string, at: number): number => {
  const begun = text.lastIndexOf('\x1b', at - 1)
  if (begun > 0 && at - begun < 160 && !text.slice(begun, at).includes('m')) return begun
  const code = text.charCodeAt(at - 1)
  return code >= 0xd800 && code < 0xdc00 ? at - 1 : at
}

const rubOut = (text: string): string => {
  const kept: string[] = []
  for (const character of text) {
    if (character === '\b') kept.pop()
    else kept.push(character)
  }
  return kept.join('')
}

// What a terminal would show of a line with carriage returns and backspaces in it.
const overtype = (text: string): string => {
  const trailing = text.endsWith('\r')
  const body = trailing ? text.slice(0, -1) : text
  const line = body.slice(body.lastIndexOf('\r') + 1)
  return (line.includes('\b') ? rubOut(line) : line) + (trailing ? '\r' : '')
}

/**
 * All output of a run as rows, in order of arrival; a row belongs to one stream.
 * Made for a million rows: texts in one array, everything else in columns of numbers.
 */
export class LineStore {
  readonly #texts: string[] = []
  readonly #streams = new Column((size) => new Uint8Array(size))
  readonly #times = new Column((size) => new Float64Array(size))
  readonly #looks = new Column((size) => new Uint16Array(size))
  readonly #numbers = new Column((size) => new Uint32Array(size))
  readonly #table = new LookTable()
  readonly #carry: [number, number] = [0, 0]
  /** Whether the last row has not ended, so that more text would lengthen it. */
  open = false

  get length(): number {
    return this.#texts.length
  }

  /** How many lines there are; fewer than rows when some are longer than a row. */
  get lines(): number {
    return this.#numbers.at(this.length - 1)
  }

  append(stream: Stream, text: string, at: number) {
    if (text === '') return
    const index = STREAMS.indexOf(stream)
    if (this.open && this.#streams.at(this.length - 1) !== index) this.#close()
    const pieces = text.split('\n')
    const last = pieces.pop() ?? ''
    for (const piece of pieces) {
      this.#write(index, piece.endsWith('\r') ? piece.slice(0, -1) : piece, at)
      this.#close()
    }
    if (last !== '') this.#write(index, last, at)
  }

  /** Writes what a person typed behind the open row, as a terminal would echo it. */
  echo(text: string, at: number) {
    const stream = this.open ? (this.#streams.at(this.length - 1) as 0 | 1) : 0
    this.#write(stream, text, at)
    this.#close()
  }

  /** The row with its colours. */
  raw(row: number): string {
    const text = this.#texts[row] ?? ''
    return text.endsWith('\r') ? text.slice(0, -1) : text
  }

  /** The row as plain text. */
  text(row: number): string {
    return plain(this.raw(row))
  }

  stream(row: number): Stream {
    return STREAMS[this.#streams.at(row)] ?? 'stdout'
  }

  at(row: number): number {
    return this.#times.at(row)
  }

  look(row: number): Look {
    return this.#table.get(this.#looks.at(row))
  }

  number(row: number): number {
    return this.#numbers.at(row)
  }

  /** Whether the row goes on with the line of the row before it. */
  continues(row: number): boolean {
    return row > 0 && this.#numbers.at(row) === this.#numbers.at(row - 1)
  }

  /** The first row of a line; -1 when there is no such line yet. */
  rowOf(line: number): number {
    const row = this.#numbers.search(line)
    return line > 0 && row < this.length ? row : -1
  }

  #write(stream: number, piece: string, at: number) {
    if (!this.open) this.#start(stream, at, this.lines + 1)
    const row = this.length - 1
    let text = (this.#texts[row] ?? '') + piece
    if (/[\r\b]/.test(text)) text = overtype(text)
    for (let end = 0; text.length > ROW_MAX; text = text.slice(end)) {
      end = cut(text, ROW_MAX)
      this.#texts[this.length - 1] = text.slice(0, end)
      this.#remember()
      this.#start(stream, at, this.lines)
    }
    this.#texts[this.length - 1] = text
  }

  #start(stream: number, at: number, line: number) {
    this.#texts.push('')
    this.#streams.push(stream)
    this.#times.push(at)
    this.#looks.push(this.#carry[stream as 0 | 1])
    this.#numbers.push(line)
    this.open = true
  }

  #close() {
    if (!this.open) this.#start(0, 0, this.lines + 1)
    this.#remember()
    this.open = false
  }

  // The look at the end of a row is the look at the start of its stream's next one.
  #remember() {
    const row = this.length - 1
    const text = this.#texts[row] ?? ''
    if (!text.includes('\x1b')) return
    this.#carry[this.#streams.at(row) as 0 | 1] = this.#table.put(spans(text, this.look(row)).end)
  }
}
