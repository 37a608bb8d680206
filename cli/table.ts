import { harmless } from './words.ts'

export type Column<T> = { title: string; cell: (row: T) => string; alignRight?: true }

/**
 * Rows in columns as wide as they must be. A table wider than `width` has its last column cut, with a mark; cells are
 * made harmless for a terminal.
 */
export const table = <T>(columns: readonly Column<T>[], rows: readonly T[], width = 100): string => {
  const cells = [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map(({ cell }) => harmless(cell(row)))),
  ]
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]!.length)))
  return cells.map((row) => cut(line(row, columns, widths), width)).join('\n')
}

const line = <T>(row: string[], columns: readonly Column<T>[], widths: number[]): string =>
  row
    .map((cell, index) => (columns[index]!.alignRight ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!)))
    .join('  ')
    .trimEnd()

const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`)

/** Names and values, one pair a line, aligned; what has no value is left out. */
export const facts = (pairs: readonly (readonly [name: string, value: string | null | undefined])[]): string => {
  const present = pairs.filter(
    (pair): pair is [string, string] => pair[1] !== null && pair[1] !== undefined && pair[1] !== '',
  )
  const width = Math.max(...present.map(([name]) => name.length))
  return present.map(([name, value]) => `${name.padEnd(width)}  ${harmless(value)}`).join('\n')
}
