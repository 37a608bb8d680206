import type { Payload } from '../../mixins/contract/contract.ts'
import type { WorkerReported } from '../runs/runs.events.ts'
import { NoWorker, UnknownLanguage } from './coordinator.errors.ts'

export type Report = Payload<typeof WorkerReported>
export type Offer = Report['offers'][number]

/** A worker that has not reported for this long is gone. */
const SILENCE_MS = 10_000

/** The workers that are connected, and what they offer. */
export class Fleet {
  readonly #workers = new Map<string, Report & { seenAt: number }>()
  // Offers outlive their workers: a run may be accepted while every worker is away for a moment.
  readonly #offers = new Map<string, Offer>()

  report(report: Report, now: number): void {
    this.#workers.set(report.node, { ...report, seenAt: now })
    for (const offer of report.offers) this.#offers.set(`${offer.language} ${offer.version}`, offer)
  }

  expire(now: number): void {
    for (const [node, worker] of this.#workers) if (now - worker.seenAt > SILENCE_MS) this.#workers.delete(node)
  }

  leave(node: string): void {
    this.#workers.delete(node)
  }

  get workers(): Report[] {
    return [...this.#workers.values()]
  }

  get slots(): number {
    return this.workers.reduce((sum, worker) => sum + (worker.draining ? 0 : worker.slots), 0)
  }

  /** Everything offered, by language, the newest version first. */
  get offers(): Offer[] {
    const all = [...this.#offers.values()]
    return all.sort((a, b) => a.language.localeCompare(b.language) || newer(a.version, b.version))
  }

  /** The newest version that fits; throws UnknownLanguage with the list, or NoWorker before any has reported. */
  resolve(language: string, version?: string): Offer {
    const { offers } = this
    if (offers.length === 0) throw new NoWorker()
    const wanted = language.toLowerCase()
    const ofLanguage = offers.filter((offer) => offer.language === wanted || offer.aliases.includes(wanted))
    if (ofLanguage.length === 0) {
      const names = [...new Set(offers.map((offer) => offer.language))]
      throw new UnknownLanguage(
        'language',
        `Unknown language ${quote(language)}. Available: ${names.join(', ')}.`,
        names,
      )
    }
    const found = ofLanguage.find((offer) => version === undefined || isPrefix(version, offer.version))
    if (found) return found
    const versions = ofLanguage.map((offer) => offer.version)
    const message = `Unknown version ${quote(version ?? '')} of ${ofLanguage[0]!.language}. Available: ${versions.join(', ')}.`
    throw new UnknownLanguage('version', message, versions)
  }
}

const quote = (text: string) => JSON.stringify(text.slice(0, 64))

// "3" and "3.1" fit 3.1.2; "3.1" does not fit 3.11.2.
const isPrefix = (wanted: string, version: string) => version === wanted || version.startsWith(`${wanted}.`)

const newer = (a: string, b: string): number => {
  const [left, right] = [a.split(/[.+-]/), b.split(/[.+-]/)]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = Number(right[i] ?? 0) - Number(left[i] ?? 0)
    if (difference) return difference
  }
  return 0
}
