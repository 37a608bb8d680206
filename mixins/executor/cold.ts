import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import type { Ends, Fifos } from './fifos.ts'
import { encodeOpening, type Step } from './job.ts'
import { mailbox } from './mailbox.ts'
import { bwrapArguments, type Cell, JOB, LAUNCHED, TOLD } from './profile.ts'
import { complaint, type Launch, type Sandbox } from './sandbox-process.ts'
import type { Lease } from './uids.ts'

/** Starts a sandbox from nothing by bubblewrap; with an interpreter, one that brings it up and waits. */
export type ColdLauncher = (cell: Cell, lease: Lease, interpreter: Step | null) => Launch

const INIT = ['/usr/bin/perl', '/opt/greenroom/init.pl']

export const coldLauncher =
  (bwrap: string, filter: string, fifos: Fifos): ColdLauncher =>
  (cell, lease, interpreter) =>
  async () => {
    const pipes = await openPipes(fifos)
    const seccomp = openSync(filter, 'r')
    const theirs = [pipes.stdin, pipes.stdout, pipes.stderr].map((ends) => ends.theirs)
    try {
      const child = spawn(bwrap, bwrapArguments(cell, INIT), {
        stdio: [...theirs, 'pipe', 'pipe', seccomp, 'pipe'],
        // A session of its own: an interrupt at the terminal is for Greenroom, which then ends its programs itself.
        detached: true,
        cwd: '/',
        env: {},
        ...(lease.uid === null ? {} : { uid: lease.uid, gid: lease.uid }),
      })
      return sandbox(child, pipes, lease, encodeOpening(interpreter))
    } catch (error) {
      for (const { ours } of Object.values(pipes)) closeSync(ours)
      lease.release()
      throw error
    } finally {
      for (const fd of [...theirs, seccomp]) closeSync(fd)
    }
  }

type Pipes = { stdin: Ends; stdout: Ends; stderr: Ends }

const openPipes = async (fifos: Fifos): Promise<Pipes> => ({
  stdin: await fifos.toProgram(),
  stdout: await fifos.fromProgram(),
  stderr: await fifos.fromProgram(),
})

const sandbox = (child: ChildProcess, pipes: Pipes, lease: Lease, opening: Buffer): Sandbox => {
  // Typed for five descriptors only.
  const ends = child.stdio as unknown as readonly Duplex[]
  const launched = mailbox(ends[LAUNCHED]!)
  const job = ends[JOB]!
  // A first process that died cannot be written to; that it died is told by `exited`.
  job.on('error', () => {})
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  return {
    stdin: pipes.stdin.ours,
    stdout: pipes.stdout.ours,
    stderr: pipes.stderr.ours,
    told: mailbox(ends[TOLD]!),
    isBounded: false,
    aside: null,
    pid: async () => childPid((await launched.next()) ?? complaint(pipes.stderr.ours)),
    open: () => void job.write(opening),
    send: (bytes) => void job.write(bytes),
    handedBack: job,
    kill: () => void child.kill('SIGKILL'),
    exited,
    close: () => lease.release(),
  }
}

const childPid = (line: string): number => {
  const pid = /"child-pid": (\d+)/.exec(line)?.[1]
  if (!pid) throw new TypeError(`bubblewrap could not set the sandbox up: ${line}`)
  return Number(pid)
}
