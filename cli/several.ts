import { Refusal } from './api.ts'
import { FAILED } from './failure.ts'
import { complain } from './screen.ts'

/** Does the same for several ids, one after another; a refusal of one does not keep the others from being done. */
export const forEach = async (ids: string[], act: (id: string) => Promise<void>): Promise<number> => {
  let code = 0
  for (const id of ids) {
    try {
      await act(id)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      complain(error.message)
      code = FAILED
    }
  }
  return code
}
