import { api } from '../../lib/api.ts'
import { folderFault } from '../../lib/artifacts-folder.ts'
import { catalogue } from '../../lib/catalogue.svelte.ts'
import { type Draft, draftFrom, draftOf, envFault, isDraft, submissionOf } from '../../lib/draft.ts'
import { Feed } from '../../lib/feed.svelte.ts'
import { added, freeName, removed, renamed, uploaded } from '../../lib/files.ts'
import { asProblem, type Problem } from '../../lib/problem.ts'
import { recall, remember } from '../../lib/storage.ts'
import type { Example, Limits, SourceFile, Submission } from '../../lib/wire.ts'

export type Panel = 'stdin' | 'args' | 'env' | 'artifacts' | 'limits'

const PANELS: readonly string[] = ['stdin', 'args', 'env', 'artifacts', 'limits'] satisfies Panel[]

const storedDraft = (language: unknown): Draft | null => {
  const draft = typeof language === 'string' ? recall(`draft.${language}`) : null
  return isDraft(draft) ? draft : null
}

/** The program being written and its run. */
export class EditorPage {
  draft: Draft | null = $state.raw(storedDraft(recall('language')))
  /** The file on screen. */
  path = $state('')
  /** Rises with every program that replaces the one before. */
  program = $state(0)
  panel: Panel | null = $state(null)
  /** The limit that the page points at. */
  focused: keyof Limits | null = $state(null)
  submitting = $state(false)
  stopping = $state(false)
  problem: Problem | null = $state.raw(null)
  /** The draft that a linked program has replaced. */
  kept: Draft | null = $state.raw(null)
  readonly feed = new Feed()

  get file(): SourceFile | undefined {
    return this.draft?.files.find((file) => file.path === this.path) ?? this.draft?.files[0]
  }

  get paths(): string[] {
    return this.draft?.files.map((file) => file.path) ?? []
  }

  get submission(): Submission | null {
    return this.draft && submissionOf(this.draft, this.maxima?.wallMs)
  }

  get maxima(): Limits | undefined {
    return catalogue.runtime(this.draft?.language ?? '', this.draft?.version)?.maxima
  }

  /** Where something is written that cannot be run; null where nothing is. */
  get faulty(): Panel | null {
    if (envFault(this.draft?.env ?? '')) return 'env'
    return folderFault(this.draft?.artifacts ?? '', this.paths) ? 'artifacts' : null
  }

  get running(): boolean {
    return this.submitting || this.feed.active
  }

  /** Opens the page, with the run that its address names. */
  async open(run: string | null) {
    this.path = this.draft?.entry ?? ''
    const [attached] = await Promise.all([run ? this.#attach(run) : null, catalogue.load()])
    void attached
    if (!this.draft) this.choose(catalogue.first)
  }

  /** Changes what is written; everything else comes through here, so that it is remembered. */
  change(fields: Partial<Draft>) {
    if (!this.draft) return
    this.draft = { ...this.draft, ...fields }
  }

  edit(content: string) {
    const path = this.file?.path
    if (!this.draft || this.file?.content === content) return
    this.change({ files: this.draft.files.map((file) => (file.path === path ? { ...file, content } : file)) })
  }

  /** Takes up the draft of another language, or its first example. */
  choose(language: string) {
    const example = catalogue.examples.find((one) => one.language === language)
    const fileName = catalogue.runtime(language)?.fileName ?? 'main'
    const fresh = example ?? { language, files: [{ path: fileName, content: '' }] }
    if (language) this.show(storedDraft(language) ?? draftOf(fresh))
  }

  load(example: Example) {
    this.show({ ...draftOf(example), version: this.draft?.language === example.language ? this.draft.version : '' })
  }

  show(draft: Draft) {
    this.save()
    this.draft = draft
    this.path = draft.entry
    this.problem = null
    this.program++
    this.save()
  }

  /** Takes up again what was written before a linked program came. */
  bringBack() {
    if (this.kept) this.show(this.kept)
    this.kept = null
  }

  /** Remembers the draft; false when the browser has no room for it. */
  save(): boolean {
    if (!this.draft) return true
    return remember(`draft.${this.draft.language}`, this.draft) && remember('language', this.draft.language)
  }

  add(file: SourceFile) {
    if (!this.draft) return
    this.draft = added(this.draft, { ...file, path: freeName(file.path, this.paths) })
    this.path = this.paths.at(-1) ?? ''
  }

  async upload(files: Iterable<File>) {
    for (const file of files) this.add(uploaded(file.name, new Uint8Array(await file.arrayBuffer())))
  }

  rename(from: string, to: string) {
    if (this.draft) this.draft = renamed(this.draft, from, to)
    if (this.path === from) this.path = to
  }

  remove(path: string) {
    if (this.draft) this.draft = removed(this.draft, path)
    if (this.path === path) this.path = this.draft?.entry ?? ''
  }

  /** Runs the program; answers the id of the run, or null with `problem` saying why not. */
  async run(): Promise<string | null> {
    if (!this.draft || this.running) return null
    const faulty = this.faulty
    if (faulty) {
      this.panel = faulty
      return null
    }
    this.submitting = true
    this.problem = null
    try {
      const execution = await api.submit(submissionOf(this.draft, this.maxima?.wallMs))
      this.save()
      remember('ran', execution.id)
      this.feed.follow(execution)
      return execution.id
    } catch (error) {
      this.problem = asProblem(error)
      this.#pointAt(this.problem.errors[0]?.field ?? '')
      return null
    } finally {
      this.submitting = false
    }
  }

  async stop() {
    const { execution } = this.feed
    if (!execution || !this.feed.active || this.stopping) return
    this.stopping = true
    try {
      await api.cancel(execution.id)
    } catch (error) {
      // It has ended by itself in the meantime, which is what was wanted.
      if (asProblem(error).status !== 409) throw error
    } finally {
      this.stopping = false
    }
  }

  /** Opens the control of a limit. */
  raise(limit: keyof Limits) {
    this.panel = 'limits'
    this.focused = limit
  }

  // A run that this browser did not make brings its own program; what was written before is kept.
  async #attach(run: string) {
    const shown = this.feed.attach(run)
    if (recall('ran') !== run || !this.draft) {
      try {
        const program = await api.program(run)
        this.kept = this.draft
        this.show(draftFrom(program, 'main'))
        remember('ran', run)
      } catch (error) {
        this.problem = asProblem(error)
      }
    }
    await shown
  }

  #pointAt(field: string) {
    const [part = ''] = field.split(/[.[]/)
    if (PANELS.includes(part)) this.panel = part as Panel
  }
}
