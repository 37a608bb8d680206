import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { markdownTable } from '../mixins/contract/markdown-table.ts'
import type { Language } from './language.ts'
import { languages } from './languages.ts'
import { defaultLimits } from './runtimes.ts'
import { checkout } from './settings.ts'

/** Where the documentation of the languages lies. */
export const languagesPage = resolve(checkout, 'docs/languages.md')

/** docs/languages.md, printed from the catalogue; run this file to write it. */
export const printLanguages = (): string =>
  [
    '# Languages',
    '',
    'Greenroom offers every version of these languages that it finds on its machine when it starts; `GET /api/v1/runtimes` and',
    '`greenroom runtimes` list them. `./deploy.sh doctor` says which are absent and why, `./deploy.sh languages` installs all of',
    'them, `./deploy.sh languages java rust` those named. A request names a language by its id or one of its other names, and may',
    'ask for a version by its beginning: `"version": "3.11"`.',
    '',
    'Printed from `config/languages.ts` by `node config/languages-page.ts`; a test keeps it current.',
    '',
    ...markdownTable([
      ['language', 'id', 'other names', 'a single source', 'Debian packages'],
      ...languages.map(names),
    ]),
    '',
    '## How programs are run',
    '',
    ...markdownTable([['language', 'what happens', 'limits of its own'], ...languages.map(ways)]),
    '',
    `A program gets, where its request says nothing else: ${limitsIn(defaultLimits)}.`,
    'Compilers run in the same sandbox before the program, under more generous bounds; what they say goes to stderr, and a',
    'compiler that refuses ends the run with cause `compile`.',
    'No language finds packages on a network: there is none.',
    '',
    '## Where they are looked for',
    '',
    ...markdownTable([['language', 'places, best first'], ...languages.map(places)]),
    '',
    'A toolchain outside `/usr` is shown to sandboxes as it lies, read-only, where other users may read it. One in a private folder,',
    "such as root's `~/.rustup`, is left alone: it would have to be copied. Install the package instead.",
    '',
    'A new language is a row in `config/languages.ts`, examples in `config/examples/`, and a row in',
    '`mixins/executor/language-cases.ts`, whose test asks the same of every language.',
    '',
  ].join('\n')

const code = (text: string) => `\`${text}\``

const names = ({ id, title, aliases, fileName, package: packages }: Language) => [
  title,
  code(id),
  aliases.map(code).join(', '),
  code(fileName),
  packages ? packages.split(' ').map(code).join(', ') : 'comes with Greenroom',
]

const ways = ({ title, about, limits = {} }: Language) => [title, about, limitsIn(limits)]

const places = ({ title, detect, inside }: Language) => [
  title,
  inside ? 'comes with Greenroom' : detect.paths.map(code).join(', '),
]

const size = (bytes: number) => `${bytes / 2 ** 20} MiB`

const UNITS: Record<string, (value: number) => string> = {
  wallMs: (ms) => `${ms / 1000} s`,
  cpuMs: (ms) => `${ms / 1000} s of CPU time`,
  memoryBytes: (bytes) => `${size(bytes)} of memory`,
  processes: (count) => `${count} processes and threads`,
  outputBytes: (bytes) => `${size(bytes)} of output`,
  diskBytes: (bytes) => `${size(bytes)} of disk`,
}

const limitsIn = (limits: object): string =>
  Object.entries(limits)
    .map(([name, value]) => UNITS[name]?.(value) ?? '')
    .join(', ')

if (import.meta.main) writeFileSync(languagesPage, printLanguages())
