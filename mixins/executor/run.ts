import { setImmediate } from 'node:timers/promises'
import type { Reading } from './cgroup/cgroup.ts'
import { type Build, receiveBuild } from './compile-cache-frame.ts'
import { boundsOf, compileLimits } from './compile-limits.ts'
import { type Deadlines, deadlines } from './deadlines.ts'
import type { Channel, Limits, Outcome, Program, Sink } from './executor.ts'
import { HandOut } from './hand-out.ts'
import { type Input, input } from './input.ts'
import { GO } from './job.ts'
import { endingOf, exitCodeOf, type Observed, type Stop, signalOf, usageOf } from './outcome.ts'
import { type Allowance, Pump } from './output.ts'
import type { Place } from './place.ts'
import { type Found, jobOf } from './places.ts'

/** One program in one sandbox, from the job it is handed to the account of its end. */
export class Run {
  readonly input: Input
  readonly #program: Program
  readonly #place: Place
  readonly #allowance: Allowance
  readonly #pumps: { readonly stdout: Pump; readonly stderr: Pump }
  readonly #seen: Omit<Observed, 'reading' | 'outputBytes'>
  #deadlines: Deadlines | null = null
  #began = { here: 0, there: 0 }
  readonly #hasBegun = Promise.withResolvers<boolean>()
  #isOver = false
  readonly #mostBuiltBytes: number
  #built: Build | null = null
  readonly #handOut: HandOut | null
  /** What had been used when the program ended; handing its artifacts out is not its doing. */
  #reading: Reading | null = null

  /** Lets the sandbox begin before all else, so that it does while its pipes are taken up here. */
  constructor(program: Program, { place, task, hasJob }: Found, sink: Sink) {
    this.#program = program
    this.#place = place
    this.#mostBuiltBytes = task.kept?.mostBytes ?? 0
    this.#handOut = program.artifacts ? new HandOut(program.artifacts, place) : null
    if (task.steps.length === 1) this.#handOut?.expect()
    place.sandbox.send(hasJob ? GO : Buffer.concat([jobOf(program, task), GO]))
    this.input = input(place.pipes.end('stdin').socket)
    this.#allowance = { left: program.limits.outputBytes, overdrawn: false }
    this.#pumps = { stdout: this.#pump('stdout', sink), stderr: this.#pump('stderr', sink) }
    this.#seen = {
      limits: program.limits,
      stop: null,
      fault: null,
      compiling: false,
      status: null,
      wallMs: 0,
      disk: { free: 0, size: 0, overflowed: false },
    }
  }

  /** Kills everything for a reason; the first reason stays, and a program that has ended by itself has none. */
  stop(why: Stop): void {
    if (this.#isOver && why !== 'output_limit') return
    this.#seen.stop ??= why
    this.#place.kill()
  }

  /** Whether the program, or its compiler, was begun with; false where its sandbox died before, or would not take it. */
  get hasBegun(): Promise<boolean> {
    return this.#hasBegun.promise
  }

  /** Tells how it ended, once no code of the program runs and all its output was handed on. */
  async outcome(): Promise<Outcome> {
    try {
      await this.#follow()
      if (this.#isOver) await this.#handOut?.receive()
    } catch (error) {
      this.#seen.fault ??= (error as Error).message
    }
    // What was stopped, or has printed, is not begun with again.
    this.#hasBegun.resolve(this.#seen.stop !== null || this.#allowance.left < this.#program.limits.outputBytes)
    const outcome = await this.#finish()
    if (outcome.ending.cause !== 'exit' && outcome.ending.cause !== 'signal') this.#built = null
    return outcome
  }

  /** What may be kept for the same sources: only where nothing but the program itself ended it. */
  get built(): Build | null {
    return this.#built
  }

  async #follow(): Promise<void> {
    while (!this.#isOver) {
      const line = await this.#place.sandbox.told.next()
      if (line === null) return
      await this.#heed(line)
    }
  }

  async #heed(line: string): Promise<void> {
    const [word = '', ...values] = line.split(' ')
    if (word === 'C') this.#begin(compileLimits(this.#program.limits), true, Number(values[0]))
    else if (word === 'D') await this.#compiled(Number(values[0]))
    else if (word === 'S') this.#begin(this.#program.limits, false, Number(values[0]))
    else if (word === 'E') this.#ended(values.map(Number))
    else if (word === 'B') this.#overflowed()
    else throw new TypeError(`The sandbox could not run the program: ${line.slice(2)}.`)
  }

  #overflowed(): void {
    this.#seen.disk.overflowed = true
    this.#hasBegun.resolve(true)
  }

  #begin(limits: Limits, compiling: boolean, micros: number): void {
    this.#hasBegun.resolve(true)
    this.#seen.compiling = compiling
    this.#seen.limits = limits
    this.#began = { here: performance.now(), there: micros }
    this.#deadlines = deadlines(limits, this.#place, (why) => this.stop(why))
  }

  async #compiled(status: number): Promise<void> {
    this.#deadlines?.stop()
    this.#seen.status = status
    if (status !== 0) return
    const receiving = this.#receiveBuilt()
    await this.#place.regroup(boundsOf(this.#program.limits))
    this.#built = await receiving
    this.#seen.status = null
    this.#handOut?.expect()
    this.#place.sandbox.send(GO)
  }

  // Warnings would be missing from the output of whoever is given the build; a compiler that warns is asked each time.
  async #receiveBuilt(): Promise<Build | null> {
    const { handedBack } = this.#place.sandbox
    if (!handedBack || this.#mostBuiltBytes === 0) return null
    const built = await receiveBuild(handedBack, this.#mostBuiltBytes)
    // By the end of this turn everything that the compiler wrote has been read.
    await setImmediate()
    return this.#allowance.left === this.#program.limits.outputBytes ? built : null
  }

  #ended([status, micros, free, size]: number[]): void {
    this.#deadlines?.stop()
    this.#isOver = true
    if (this.#handOut) this.#reading = this.#place.read()
    this.#seen.status = status!
    this.#seen.wallMs = (micros! - this.#began.there) / 1000
    this.#seen.disk = { free: free!, size: size!, overflowed: false }
  }

  async #finish(): Promise<Outcome> {
    this.#deadlines?.stop()
    if (!this.#isOver) {
      this.#seen.wallMs = this.#began.here && performance.now() - this.#began.here
      this.#place.kill()
      await this.#place.sandbox.exited
    }
    await this.#pumps.stdout.finish()
    await this.#pumps.stderr.finish()
    return this.#account()
  }

  /** Closes our ends of the program's pipes; once its outcome is known. */
  close(): void {
    this.#place.pipes.close()
  }

  #account(): Outcome {
    const { stdout, stderr } = this.#pumps
    const reading = this.#reading ?? this.#place.read()
    const seen = { ...this.#seen, reading, outputBytes: this.#program.limits.outputBytes }
    const ending = endingOf(seen)
    return {
      ending,
      exitCode: exitCodeOf(seen.status),
      signal: signalOf(seen.status),
      usage: usageOf(seen),
      truncated: { stdout: stdout.truncated, stderr: stderr.truncated },
      ...(this.#handOut && { artifacts: this.#handOut.of(ending) }),
    }
  }

  #pump(channel: Channel, sink: Sink): Pump {
    return new Pump(this.#place.pipes.end(channel), channel, sink, this.#allowance, {
      onExcess: () => this.stop('output_limit'),
      onFailure: (error) => {
        this.#seen.fault ??= `The output could not be handed on: ${error.message}`
        this.#place.kill()
      },
    })
  }
}
