import { tick } from 'svelte'
import { catalogue } from '../../lib/catalogue.svelte.ts'
import type { Command } from '../../lib/commands.svelte.ts'
import { copyRunAs } from '../../lib/copy.ts'
import { COPY_FORMATS, type CopyFormat } from '../../lib/copy-as.ts'
import { focusOutput } from '../../lib/parts.ts'
import type { EditorPage, Panel } from './page.svelte.ts'

const PANELS: Record<Panel, string> = {
  stdin: 'Set the standard input',
  args: 'Set arguments',
  env: 'Set environment variables',
  artifacts: 'Set the folder of the artifacts',
  limits: 'Set limits',
}

const focus = (selector: string) => () => document.querySelector<HTMLElement>(selector)?.focus()

/** Everything that can be done in the editor, for the palette and the list of keys. */
export const editorCommands = (
  page: EditorPage,
  { start, stop }: { start: () => void; stop: () => void },
): Command[] => [
  page.running
    ? { id: 'stop', name: 'Stop the run', keys: 'Esc Esc', run: stop }
    : { id: 'run', name: 'Run the program', keys: 'Mod-Enter', run: start },
  { id: 'to-code', name: 'Go to the code', run: focus('[data-editor]') },
  { id: 'to-output', name: 'Go to the output', keys: 'F6', run: focusOutput },
  ...(Object.entries(PANELS) as [Panel, string][]).map(([panel, name]) => ({
    id: `panel-${panel}`,
    name,
    run: async () => {
      page.panel = panel
      await tick()
      focus('#input-panel :is(input, textarea)')()
    },
  })),
  ...catalogue.languages.map(({ language, title }) => ({
    id: `language-${language}`,
    name: `Write ${title}`,
    run: () => page.choose(language),
  })),
  ...catalogue.examples.map((example, index) => ({
    id: `example-${index}`,
    name: `Example: ${example.title} (${catalogue.title(example.language)})`,
    run: () => page.load(example),
  })),
  ...(Object.entries(COPY_FORMATS) as [CopyFormat, string][]).map(([format, name]) => ({
    id: `copy-${format}`,
    name: `Copy the run as ${name}`,
    run: () => void (page.submission && copyRunAs(format, page.submission)),
  })),
]
