import { spawnSync } from 'node:child_process'
import { checkout } from '../../../config/settings.ts'

/** Why the servers cannot run in containers here, as a sentence; null when they can. */
export const engineProblem = (): string | null => {
  if (docker('info').status !== 0) return 'No Docker engine answers here.'
  return docker('compose', 'version').status === 0 ? null : 'The Docker here lacks Compose v2.'
}

/** Whether containers of this checkout's compose file are there. */
export const composeRuns = (): boolean =>
  engineProblem() === null && docker('compose', 'ps', '-aq').stdout.trim() !== ''

/** The port of this machine that leads to a service; each publishes one. */
export const publishedPort = (service: string): number => {
  const lines = docker('compose', 'ps', '--format', '{{range .Publishers}}{{.PublishedPort}} {{end}}', service).stdout
  return Number(lines.split(/\s+/).find((port) => Number(port) > 0))
}

/** Runs Docker Compose on the checkout's file; what it says goes where ours goes. Returns its exit code. */
export const compose = (...args: string[]): number =>
  spawnSync('docker', ['compose', ...args], { cwd: checkout, stdio: 'inherit' }).status ?? 1

/** Runs docker and tells what it printed. */
export const docker = (...args: string[]) => spawnSync('docker', args, { cwd: checkout, encoding: 'utf8' })

// Asked by deploy.sh, which installs packages only for servers that run without containers.
if (import.meta.main) process.exitCode = engineProblem() === null ? 0 : 1
