import { decodeArtifacts, noArtifacts } from './artifacts.ts'
import type { Artifacts, ArtifactsWanted, Ending } from './executor.ts'
import { receiveFrame } from './handed-over.ts'
import type { Place } from './place.ts'

const RECEIVE_MS = 10_000

/** The way of artifacts out of one sandbox: through its first process, which alone opens what the program has made. */
export class HandOut {
  readonly #wanted: ArtifactsWanted
  readonly #place: Place
  #coming: Promise<Buffer | null> = Promise.resolve(null)
  #artifacts: Artifacts | null = null

  constructor(wanted: ArtifactsWanted, place: Place) {
    this.#wanted = wanted
    this.#place = place
  }

  /** To be called before they can come: what comes while nobody listens is lost. */
  expect(): void {
    const { handedBack } = this.#place.sandbox
    if (handedBack) this.#coming = receiveFrame(handedBack, this.#wanted.mostBytes)
  }

  /** Resolves when all has come, or will not: the sandbox is ended when it takes too long. */
  async receive(): Promise<void> {
    const late = setTimeout(() => this.#place.kill(), RECEIVE_MS)
    const bytes = await this.#coming
    clearTimeout(late)
    this.#artifacts = bytes && decodeArtifacts(bytes, this.#wanted)
  }

  /** What is handed out of a program that ended so: nothing where it did not end by itself. */
  of({ cause }: Ending): Artifacts {
    if (cause !== 'exit' && cause !== 'signal') return noArtifacts('stopped')
    return this.#artifacts ?? noArtifacts('lost')
  }
}
