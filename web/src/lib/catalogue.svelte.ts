import { api } from './api.ts'
import { asProblem, type Problem } from './problem.ts'
import { recall, remember } from './storage.ts'
import type { Example, Runtime } from './wire.ts'

type Known = { runtimes: Runtime[]; examples: Example[] }

const isKnown = (value: unknown): value is Known => {
  const known = value as Known | undefined
  return Array.isArray(known?.runtimes) && Array.isArray(known.examples)
}

class Catalogue {
  runtimes: Runtime[] = $state.raw([])
  examples: Example[] = $state.raw([])
  problem: Problem | null = $state.raw(null)

  constructor() {
    const known = recall('catalogue')
    if (isKnown(known)) this.#know(known)
  }

  /** What can be run here; what was known last time holds until the answer is there. */
  async load() {
    try {
      const [runtimes, examples] = await Promise.all([api.runtimes(), api.examples()])
      this.#know({ runtimes, examples })
      this.problem = null
      remember('catalogue', { runtimes, examples })
    } catch (error) {
      this.problem = asProblem(error)
    }
  }

  get languages(): { language: string; title: string }[] {
    const titles = new Map(this.runtimes.map(({ language, title }) => [language, title]))
    return [...titles].map(([language, title]) => ({ language, title }))
  }

  /** The language that a first visitor finds: that of the first example, if it can be run. */
  get first(): string {
    const known = this.examples.find(({ language }) => this.runtime(language))
    return known?.language ?? this.languages[0]?.language ?? ''
  }

  versions(language: string): string[] {
    return this.runtimes.filter((runtime) => runtime.language === language).map((runtime) => runtime.version)
  }

  /** The runtime that a language and a version, or its beginning, mean; the first of the language by default. */
  runtime(language: string, version = ''): Runtime | undefined {
    const all = this.runtimes.filter((runtime) => runtime.language === language)
    return all.find((runtime) => version !== '' && runtime.version.startsWith(version)) ?? all[0]
  }

  title(language: string): string {
    return this.runtime(language)?.title ?? language
  }

  #know({ runtimes, examples }: Known) {
    this.runtimes = runtimes
    this.examples = examples
  }
}

/** The languages, versions and examples of this Greenroom. */
export const catalogue = new Catalogue()
