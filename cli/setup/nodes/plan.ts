/** What is to run: this set of services, so many times, each time in a process of its own. */
export type Wanted = { readonly services: readonly string[]; readonly count: number }

/** One process: its name among all, its services, and the settings that are its own. */
export type NodePlan = {
  readonly name: string
  readonly services: readonly string[]
  readonly settings: Readonly<Record<string, string>>
}

/** What is asked for cannot be started; the sentence says why. */
export class PlanRefused extends Error {
  readonly type = 'PLAN_REFUSED'
}

type Shares = { port: number; slots: number; warmBytes: number }

const MOST = 99

/**
 * Reads words like `api=2 runs=4 live+results=1`. A service that no word names runs once, in a process of its own;
 * `name=0` leaves it out.
 */
export const wantedOf = (words: readonly string[], known: readonly string[]): Wanted[] => {
  const named = words.map((word) => read(word, known))
  const all = named.flatMap(({ services }) => services)
  const twice = all.find((service, index) => all.indexOf(service) !== index)
  if (twice) throw new PlanRefused(`${twice} is named twice.`)
  const others = known.filter((service) => !all.includes(service)).map((service) => ({ services: [service], count: 1 }))
  return [...named, ...others]
}

const read = (word: string, known: readonly string[]): Wanted => {
  const [, names = '', count = ''] = /^([a-z+]+)=(\d{1,2})$/.exec(word) ?? []
  if (names === '') throw new PlanRefused(`"${word}" says nothing: write SERVICE=COUNT, as in api=2 (at most ${MOST}).`)
  const services = names.split('+')
  const unknown = services.find((service) => !known.includes(service))
  if (unknown !== undefined) throw new PlanRefused(`There is no service "${unknown}"; there are ${known.join(', ')}.`)
  return { services, count: Number(count) }
}

/**
 * The processes of what is wanted. Doors listen on ports one after the other; slots of this machine are divided among the
 * workers, unless each was given a number of its own.
 */
export const planOf = (wanted: readonly Wanted[], shares: Shares): NodePlan[] => {
  const workers = wanted.find(({ services }) => services.includes('runs'))?.count ?? 0
  let { port } = shares
  return wanted.flatMap(({ services, count }) =>
    Array.from({ length: count }, (_, index) => ({
      name: `${services.join('+')}-${index + 1}`,
      services,
      settings: {
        ...(services.includes('api') && { GREENROOM_PORT: String(port++) }),
        ...(services.includes('runs') && divided(shares, workers)),
      },
    })),
  )
}

const divided = ({ slots, warmBytes }: Shares, workers: number) => ({
  GREENROOM_SLOTS: String(Math.max(1, Math.floor(slots / workers))),
  GREENROOM_WARM_BYTES: String(Math.floor(warmBytes / workers)),
})
