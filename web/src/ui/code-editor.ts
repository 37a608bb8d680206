import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { Compartment, EditorState, type Extension, Prec } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { languageFor } from './code-language.ts'

const colours = HighlightStyle.define([
  {
    tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.self, tags.null, tags.bool],
    color: 'var(--code-keyword)',
  },
  { tag: [tags.string, tags.special(tags.string), tags.regexp, tags.character], color: 'var(--code-string)' },
  { tag: [tags.number, tags.escape, tags.atom], color: 'var(--code-number)' },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.standard(tags.name)],
    color: 'var(--code-name)',
  },
  { tag: [tags.typeName, tags.className, tags.namespace, tags.tagName], color: 'var(--code-type)' },
  { tag: [tags.comment, tags.meta], color: 'var(--code-comment)', fontStyle: 'italic' },
  { tag: tags.invalid, color: 'var(--bad)' },
])

const looks = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'var(--surface)', color: 'var(--text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', fontSize: '0.8125rem', lineHeight: '1.25rem' },
  '.cm-content': { caretColor: 'var(--accent)', padding: '8px 0' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--muted)', border: '0' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '40px', padding: '0 12px 0 8px' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in oklab, var(--accent) 7%, transparent)' },
  '.cm-cursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    backgroundColor: 'var(--selection)',
  },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--accent-soft)',
    outline: '1px solid var(--accent)',
  },
  '.cm-selectionMatch': { backgroundColor: 'color-mix(in oklab, var(--mark) 40%, transparent)' },
  '.cm-searchMatch': { backgroundColor: 'var(--mark)' },
  '.cm-searchMatch-selected': { backgroundColor: 'var(--mark-now)' },
  '.cm-panels, .cm-tooltip': { backgroundColor: 'var(--raised)', color: 'var(--text)', borderColor: 'var(--line)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--accent)',
    color: 'var(--on-accent)',
  },
  '.cm-textfield': { backgroundColor: 'var(--surface)', color: 'var(--text)', border: '1px solid var(--edge)' },
  '.cm-button': { background: 'var(--raised)', color: 'var(--text)', border: '1px solid var(--edge)' },
})

/** What the editor tells the page, and the keys it must leave to it. */
export type Hooks = { onchange: (text: string) => void; onrun: () => void }

const taken = (run: () => void) => () => {
  run()
  return true
}

const extensions = ({ onchange, onrun }: Hooks, label: string): Extension[] => [
  Prec.highest(keymap.of([{ key: 'Mod-Enter', run: taken(onrun) }])),
  lineNumbers(),
  highlightActiveLineGutter(),
  history(),
  drawSelection(),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  autocompletion({ activateOnTyping: false }),
  highlightActiveLine(),
  highlightSelectionMatches(),
  search({ top: true }),
  // Control-K is the page's palette everywhere, also where a Mac would cut the rest of the line.
  keymap.of([
    ...closeBracketsKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...completionKeymap,
    ...defaultKeymap.filter(({ key }) => key !== 'Ctrl-k'),
    indentWithTab,
  ]),
  syntaxHighlighting(colours),
  looks,
  EditorView.contentAttributes.of({ 'aria-label': label, 'data-editor': '', tabindex: '0' }),
  EditorView.updateListener.of((update) => {
    if (update.docChanged) onchange(update.state.doc.toString())
  }),
]

/** The editor of one program: keeps history, selection and scroll of each of its files while they are not shown. */
export class CodeEditor {
  readonly #view: EditorView
  readonly #states = new Map<string, EditorState>()
  readonly #hooks: Hooks
  #path = ''

  constructor(parent: HTMLElement, hooks: Hooks) {
    this.#hooks = hooks
    this.#view = new EditorView({ parent })
  }

  /** Shows a file; its text wins over what was remembered of it. */
  async show(path: string, text: string, language: string) {
    if (this.#path) this.#states.set(this.#path, this.#view.state)
    this.#path = path
    const known = this.#states.get(path)
    if (known && known.doc.toString() === text) return this.#view.setState(known)
    const mode = new Compartment()
    const indent = indentUnit.of(language === 'go' ? '\t' : language === 'python' ? '    ' : '  ')
    this.#view.setState(
      EditorState.create({
        doc: text,
        extensions: [mode.of([]), indent, ...extensions(this.#hooks, `Code of ${path}`)],
      }),
    )
    const found = await languageFor(path, language)
    if (this.#path === path) this.#view.dispatch({ effects: mode.reconfigure(found) })
  }

  /** Forgets the history of all files, because another program is shown. */
  forget() {
    this.#states.clear()
    this.#path = ''
  }

  get path(): string {
    return this.#path
  }

  get text(): string {
    return this.#view.state.doc.toString()
  }

  focus(at?: number) {
    if (at !== undefined) this.#view.dispatch({ selection: { anchor: Math.min(at, this.#view.state.doc.length) } })
    this.#view.focus()
  }

  destroy() {
    this.#view.destroy()
  }
}
