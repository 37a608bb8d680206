import { readFileSync, writeFileSync } from 'node:fs'
import { arch, cpus, release, totalmem } from 'node:os'

const page = new URL('../docs/benchmarks.md', import.meta.url)

/** The machine and the day, without which a figure says little. */
export const machine = (): string => {
  const [cpu] = cpus()
  const gib = Math.round(totalmem() / 1024 ** 3)
  const day = new Date().toISOString().slice(0, 10)
  return `${day}, ${cpus().length} cores (${cpu?.model.trim()}), ${gib} GiB, Linux ${release()} ${arch()}, Node ${process.version}`
}

/** Replaces one table of the page, between its markers, by a new one. */
export const rewrite = (name: string, table: string[]): void => {
  const text = readFileSync(page, 'utf8')
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new TypeError(`docs/benchmarks.md has no place for ${name}.`)
  writeFileSync(
    page,
    `${text.slice(0, from)}${begin}\nMeasured ${machine()}.\n\n${table.join('\n')}\n${text.slice(to)}`,
  )
}
