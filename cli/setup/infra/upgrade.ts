import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readEnv } from '../../../config/env.ts'
import { compose, docker, engineProblem } from './engine.ts'

const PATIENCE_S = '180'
const say = (text: string) => process.stderr.write(`${text}\n`)

/**
 * Builds the image of this checkout and starts everything on it: servers that have not changed go on, Greenroom is
 * replaced. A new Greenroom that does not become healthy gives way to the one that ran before. Returns the exit code.
 */
const upgrade = (): number => {
  const problem = engineProblem()
  if (problem) {
    say(`${problem} Greenroom runs without one too: ./deploy.sh help`)
    return 1
  }
  const former = imageOf('greenroom')
  if (compose('build') !== 0) {
    say('The image could not be built; what runs is as it was.')
    return 1
  }
  if (start() === 0) return 0
  compose('logs', '--no-color', '--tail', '20', 'greenroom', 'runs')
  return former === null ? 1 : goBack(former)
}

const start = () => compose('up', '--detach', '--wait', '--wait-timeout', PATIENCE_S, '--remove-orphans')

/** Gives the name of the image that was started to the one that ran before. */
const goBack = (former: string): number => {
  say('The new version does not become healthy; the former one is started again.')
  const isBack = docker('tag', former, imageOf('greenroom', 'Config.Image') ?? '').status === 0 && start() === 0
  say(isBack ? 'The former version runs.' : 'The former version does not become healthy either.')
  return 1
}

/** The image of a service's container: its id, or the name that it was asked for by. */
const imageOf = (service: string, field = 'Image'): string | null => {
  const [container] = docker('compose', 'ps', '--all', '--quiet', service).stdout.trim().split('\n')
  return container ? docker('inspect', '--format', `{{.${field}}}`, container).stdout.trim() : null
}

/** The secret that callers must know, made at the first start. It lies where only this user can read it. */
const token = (): string => {
  const { token: chosen, dataDir } = readEnv()
  if (chosen) return chosen
  const file = join(dataDir, 'token')
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true })
    writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 })
  }
  say(`Callers need the token in ${file}: export GREENROOM_TOKEN=$(cat ${file})`)
  return readFileSync(file, 'utf8').trim()
}

try {
  process.env.GREENROOM_TOKEN = token()
  process.exitCode = upgrade()
} catch (error) {
  say((error as Error).message)
  process.exitCode = 1
}
