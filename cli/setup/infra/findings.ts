import type { Finding } from '../machine.ts'
import { engineProblem } from './engine.ts'
import { servers } from './servers.ts'

/** The servers that can be started here without containers, and whether they can be started in containers. */
export const serverChecks = (): Finding[] => [
  ...servers.map(({ name, missing }): Finding => {
    const lacking = missing()
    if (lacking === null) return { name, state: 'ok', detail: 'can be started here', fix: null }
    return {
      name,
      state: 'absent',
      detail: 'cannot be started here; only needed to use more than one process',
      fix: lacking,
    }
  }),
  engineCheck(),
]

const engineCheck = (): Finding => {
  const name = 'containers'
  const problem = engineProblem()
  if (problem === null) return { name, state: 'ok', detail: 'Docker with Compose answers', fix: null }
  const fix = 'install Docker with Compose v2: https://docs.docker.com/engine/install'
  return { name, state: 'absent', detail: `${problem} Only needed for ./deploy.sh up`, fix }
}
