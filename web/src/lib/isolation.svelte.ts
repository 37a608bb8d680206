import { api } from './api.ts'
import { asProblem, type Problem } from './problem.ts'

const AGAIN_MS = 5000

class Isolation {
  /** Whether this Greenroom runs programs that it would not hold back if they were hostile. */
  trustedOnly = $state(false)
  /** Why that is not known yet. */
  problem: Problem | null = $state.raw(null)

  /** Asks until there is an answer, or until what is answered is called; made for an effect. */
  ask(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isWanted = true
    const ask = async () => {
      try {
        this.trustedOnly = (await api.health()).isolation.trustedOnly
        this.problem = null
      } catch (error) {
        this.problem = asProblem(error)
        if (isWanted) timer = setTimeout(ask, AGAIN_MS)
      }
    }
    void ask()
    return () => {
      isWanted = false
      clearTimeout(timer)
    }
  }
}

/** How well programs are kept apart on this Greenroom. */
export const isolation = new Isolation()
