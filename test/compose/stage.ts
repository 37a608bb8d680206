import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect } from '@jest/globals'
import { serverPorts } from '../../cli/setup/infra/ports.ts'
import { eventually } from '../eventually.ts'
import { Client } from '../system/client.ts'
import { type Engine, startEngine } from './engine.ts'
import { makeStandIns } from './stand-ins.ts'

const root = resolve(import.meta.dirname, '../..')

export type Told = { code: number; stdout: string; stderr: string }

/** The checkout's compose file on an engine of its own, with ports that nobody else has. */
export type Stage = {
  readonly engine: Engine
  readonly client: Client
  /** What tells `docker` and `deploy.sh` of it. */
  readonly env: Record<string, string>
  compose(...args: string[]): Promise<string>
  /** Runs `deploy.sh` as an operator would; `env` adds to the environment. */
  deploy(args: string[], env?: Record<string, string>): Promise<Told>
  /** The environment in which Greenroom's image is made from another Dockerfile. */
  override(dockerfile: string): Record<string, string>
  /** Health or state of every container by service. */
  states(): Promise<Record<string, string>>
  /** What identifies the container of a service, and the image it was made from. */
  containerOf(service: string): Promise<{ id: string; image: string }>
  /** Kills the first process of a service's container as a crash would; resolves once it was started again. */
  crash(service: string): Promise<void>
  close(): Promise<void>
}

export const openStage = async (): Promise<Stage> => {
  const engine = await startEngine()
  await makeStandIns(engine)
  const data = mkdtempSync(join(tmpdir(), 'greenroom-compose-'))
  const token = randomBytes(32).toString('hex')
  const names = ['GREENROOM_PORT', 'NATS_PORT', 'REDIS_PORT', 'MONGODB_PORT', 'KAFKA_PORT', 'PROMETHEUS_PORT'] as const
  const free = await serverPorts(names.length)
  const ports = Object.fromEntries(names.map((name, i) => [name, `${free[i]}`]))
  const env = { ...engine.env, ...ports, GREENROOM_DATA: data, GREENROOM_TOKEN: token }
  const compose = (...args: string[]) => engine.dockerWith(env, 'compose', '--project-directory', root, ...args)
  // A run of the tests that was killed has left its containers with the engine's data, those of a build among them.
  await engine.docker('container', 'prune', '--force')
  await compose('--profile', '*', 'down', '--volumes', '--timeout', '1')
  const inspect = async (service: string, format: string) =>
    engine.docker('inspect', '--format', format, await compose('ps', '--quiet', service))
  return {
    engine,
    env,
    client: new Client(`http://127.0.0.1:${ports.GREENROOM_PORT}`, { authorization: `Bearer ${token}` }),
    compose,
    deploy: (args, more = {}) => told(`${root}/deploy.sh`, args, { ...process.env, ...env, ...more }),
    override(dockerfile) {
      const file = join(data, 'override.yaml')
      const build = { dockerfile_inline: dockerfile, context: data }
      writeFileSync(file, JSON.stringify({ services: { greenroom: { build }, runs: { build } } }))
      return { COMPOSE_FILE: `${join(root, 'docker-compose.yaml')}:${file}` }
    },
    async states() {
      const lines = await compose(
        'ps',
        '--all',
        '--format',
        '{{.Service}} {{if .Health}}{{.Health}}{{else}}{{.State}}{{end}}',
      )
      return Object.fromEntries(
        lines
          .split('\n')
          .filter(Boolean)
          .map((line) => line.split(' ')),
      )
    },
    async containerOf(service) {
      const [id = '', image = ''] = (await inspect(service, '{{.Id}} {{.Image}}')).split(' ')
      return { id, image }
    },
    async crash(service) {
      const [pid, began] = (await inspect(service, '{{.State.Pid}} {{.State.StartedAt}}')).split(' ')
      process.kill(Number(pid), 'SIGKILL')
      // Until the engine has seen it, it tells of the health that was.
      await eventually(async () => expect(await inspect(service, '{{.State.StartedAt}}')).not.toBe(began), 60_000)
    },
    async close() {
      await compose('--profile', '*', 'down', '--volumes', '--timeout', '10')
      await engine.stop()
      rmSync(data, { recursive: true })
    },
  }
}

/** Runs a program and tells how it ended. */
export const told = async (program: string, args: string[], env: NodeJS.ProcessEnv): Promise<Told> => {
  try {
    return { code: 0, ...(await promisify(execFile)(program, args, { env, maxBuffer: 1 << 26 })) }
  } catch (error) {
    const { code, stdout, stderr } = error as unknown as Told
    return { code, stdout, stderr }
  }
}
