import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { markdownTable } from '../mixins/contract/markdown-table.ts'
import type { Setting } from './setting.ts'
import { checkout, settings } from './settings.ts'

/** Where the documentation of the settings lies. */
export const settingsPage = resolve(checkout, 'docs/settings.md')

/** docs/settings.md, printed from the table; run this file to write it. */
export const printSettings = (): string =>
  [
    '# Settings',
    '',
    'Greenroom reads its settings from the environment when it starts, prints them (secrets masked), and refuses to start',
    'with a sentence that names the setting when one is wrong or unknown. An empty value counts as unset.',
    '',
    'Printed from `config/settings.ts` by `node config/settings-page.ts`; a test keeps it current.',
    '',
    ...markdownTable([
      ['setting', 'default', 'what it does'],
      ...Object.values(settings).map((row) => cells(row as Setting)),
    ]),
    '',
    'The command line `greenroom` reads `GREENROOM_URL` (default `http://127.0.0.1:3000`) and `GREENROOM_TOKEN`.',
    '',
  ].join('\n')

const cells = (row: Setting): string[] => [
  `\`${row.name}\``,
  row.defaultText ?? `\`${row.default}\``,
  row.description + (row.secret ? ' Secret: never printed.' : ''),
]

if (import.meta.main) writeFileSync(settingsPage, printSettings())
