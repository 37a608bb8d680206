import { basename, extname } from 'node:path'
import { nearest } from '../config/nearest.ts'
import { UsageError } from './failure.ts'
import type { Runtime } from './wire.ts'

type Choice = { language: string; version?: string; fileName: string }

/**
 * Which language a program is in: what was asked for by name (`python`, `py`, `python@3.11`), else what the extension
 * or the `#!` line of its first file says, judged by what the server can run.
 */
export const chooseLanguage = (
  runtimes: Runtime[],
  asked: { language?: string | undefined; version?: string | undefined },
  file: { name: string; head: string },
): Choice => {
  const [name, version = asked.version] = (asked.language ?? '').split('@')
  const runtime = name ? byName(runtimes, name) : (byExtension(runtimes, file.name) ?? byShebang(runtimes, file.head))
  if (!runtime) throw new UsageError(name ? unknownName(runtimes, name) : unknownFile(runtimes, file.name))
  return { language: runtime.language, fileName: runtime.fileName, ...(version ? { version } : {}) }
}

const byName = (runtimes: Runtime[], name: string) => {
  const wanted = name.toLowerCase()
  return runtimes.find(({ language, aliases }) => language === wanted || aliases.includes(wanted))
}

const byExtension = (runtimes: Runtime[], file: string) => {
  const extension = extname(file).toLowerCase()
  if (extension === '') return undefined
  return (
    runtimes.find(({ fileName }) => extname(fileName) === extension) ??
    runtimes.find(({ aliases }) => aliases.includes(extension.slice(1)))
  )
}

const byShebang = (runtimes: Runtime[], head: string) => {
  const [first = '', second = ''] = (/^#!\s*(.*)/.exec(head)?.[1] ?? '').split(/\s+/)
  const interpreter = basename(basename(first) === 'env' ? second : first).replace(/[\d.]+$/, '')
  return interpreter === '' ? undefined : byName(runtimes, interpreter)
}

const names = (runtimes: Runtime[]) => [...new Set(runtimes.map(({ language }) => language))]

const unknownName = (runtimes: Runtime[], name: string): string => {
  const all = names(runtimes)
  const meant = nearest(name, all)
  return `This server does not run ${name}${meant ? `; did you mean ${meant}?` : `, only ${all.join(', ')}.`}`
}

const unknownFile = (runtimes: Runtime[], file: string): string => {
  const extensions = [...new Set(runtimes.map(({ fileName }) => extname(fileName)))].join(', ')
  return `The language of ${file} cannot be told (known are ${extensions}); name it: --language ${names(runtimes)[0] ?? 'NAME'}`
}
