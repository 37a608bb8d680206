import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { build } from '../../cli/setup/infra/build.ts'
import { isProgram, programIn, serverCache } from '../../cli/setup/infra/programs.ts'
import { eventually } from '../eventually.ts'

const COMPOSE = '2.40.3'
const MODULE = 'github.com/docker/compose/v2'
const plugin = join(serverCache, `compose-${COMPOSE}/docker-compose`)

/** Why no engine of its own is started here, with the command that helps; null when one can be. */
export const engineMissing = (): string | null => {
  if (!process.env.CONTAINERS) return 'brought up by ./deploy.sh test --containers'
  if (process.getuid?.() !== 0) return 'a Docker engine needs root'
  // Two would take each other's rules of the firewall away.
  if (spawnSync('docker', ['info']).status === 0) return 'another Docker engine runs on this machine'
  const lacking = ['dockerd', 'docker', 'debootstrap'].find((name) => !programIn(name))
  if (lacking) return `no ${lacking}: install it with sudo apt-get install -y docker.io debootstrap`
  return isProgram(plugin) || isGoNew() ? null : 'no Docker Compose, and no Go 1.21 or later to build it with'
}

const isGoNew = (): boolean => {
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(spawnSync('go', ['version'], { encoding: 'utf8' }).stdout ?? '') ?? []
  return Number(major) > 1 || Number(minor) >= 21
}

/** Builds Docker Compose from its source, once for this machine. */
export const obtainCompose = (): Promise<void> => {
  const script = `cd "$(mktemp -d)" && mkdir -p "$0" && printf 'module compose\\ngo 1.24\\n' >go.mod &&
    printf '//go:build tools\\npackage tools\\nimport _ "%s/cmd"\\n' ${MODULE} >tools.go &&
    go get ${MODULE}@v${COMPOSE} && go mod tidy &&
    CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$1.part" ${MODULE}/cmd`
  return build('compose', plugin, ['bash', '-c', script, dirname(plugin), plugin])
}

/** A Docker engine that nobody else uses, with Compose. Its images stay for the next run of the tests. */
export type Engine = {
  /** What `docker` and `deploy.sh` find it by. */
  readonly env: Record<string, string>
  /** Runs `docker` and resolves with what it printed; rejects when it fails. */
  docker(...args: string[]): Promise<string>
  /** The same with more in its environment. */
  dockerWith(env: Record<string, string>, ...args: string[]): Promise<string>
  stop(): Promise<void>
}

export const startEngine = async (): Promise<Engine> => {
  await obtainCompose()
  const dir = mkdtempSync(join(tmpdir(), 'greenroom-engine-'))
  const socket = `unix://${join(dir, 'docker.sock')}`
  const daemon = dockerd(dir, socket)
  mkdirSync(join(dir, 'config/cli-plugins'), { recursive: true })
  symlinkSync(plugin, join(dir, 'config/cli-plugins/docker-compose'))
  const env = { DOCKER_HOST: socket, DOCKER_CONFIG: join(dir, 'config') }
  const dockerWith = async (more: Record<string, string>, ...args: string[]) => {
    const options = { env: { ...process.env, ...env, ...more }, maxBuffer: 1 << 26 }
    return (await promisify(execFile)('docker', args, options)).stdout.trim()
  }
  const docker = (...args: string[]) => dockerWith({}, ...args)
  await eventually(() => docker('info'), 60_000)
  return {
    env,
    docker,
    dockerWith,
    async stop() {
      await ended(daemon)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

// Images and layers are kept between runs; containers, networks and volumes are what a test must leave none of.
const dockerd = (dir: string, socket: string): ChildProcess => {
  const folders = ['--data-root', join(serverCache, 'docker'), '--exec-root', join(dir, 'exec')]
  const args = [...folders, '--pidfile', join(dir, 'pid'), '--host', socket, '--log-level', 'error']
  // Whatever else divides the groups of this machine, the tests name theirs by path.
  args.push('--exec-opt', 'native.cgroupdriver=cgroupfs')
  return spawn('setpriv', ['--pdeathsig', 'TERM', programIn('dockerd') ?? 'dockerd', ...args], { stdio: 'ignore' })
}

const ended = async (child: ChildProcess): Promise<void> => {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  if (child.exitCode !== null) return
  child.kill('SIGTERM')
  await gone
}
