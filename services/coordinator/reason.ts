import type { Rules } from './line.ts'
import type { Pace } from './pace.ts'

type Found = { ahead: number; user: string; held: number } | null

/** The sentence that answers "why is it waiting", with the number of the run in the line. */
export const reason = (
  found: Found,
  rules: Rules,
  holding: number,
  pace: Pace,
): { position: number; reason: string } => {
  if (!found) return { position: 1, reason: 'It has a slot; the next free worker takes it.' }
  const position = found.ahead + 1
  return { position, reason: why(found, rules, holding, pace) }
}

const why = ({ ahead, held }: NonNullable<Found>, rules: Rules, holding: number, pace: Pace): string => {
  const before = ahead === 0 ? 'it is next' : ahead === 1 ? '1 run goes first' : `${ahead} runs go first`
  if (rules.slots === 0) return `No worker node is connected; ${before} when one is.`
  if (held >= rules.userSlots)
    return `${held} of your runs ${held === 1 ? 'is' : 'are'} running, which is as many as one user may have at once.`
  if (holding < rules.slots) return `A slot is free; ${before}.`
  const all = rules.slots === 1 ? 'The only slot is' : `All ${rules.slots} slots are`
  return `${all} taken; ${before}, in about ${pace.secondsFor(ahead + 1, rules.slots)} s.`
}
