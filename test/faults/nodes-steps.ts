import { expect } from '@jest/globals'
import { bytesIn } from '../system/sse.ts'
import type { Stage } from './nodes-stage.ts'

/** A moment of its work at which an actor is killed; what was accepted meanwhile must end as it should. */
export type Step = { actor: string; is: string; killed: (stage: Stage) => Promise<void> }

// An answer that may never come.
const unanswered = (answer: Promise<unknown>) => void answer.catch(() => undefined)

/** Sends a submission that cannot be answered, as what it needs is held still, and resolves when it has come in. */
const sent = async ({ first }: Stage, { body, headers }: ReturnType<Stage['program']>) => {
  unanswered(first.ask('POST', '/executions', body, headers))
  await first.get('//health/live')
}

const waitsForTheEnd = async (stage: Stage, actor: string) => {
  const program = stage.program()
  const { body, headers, mark } = program
  const waiting = stage.first.ask('POST', '/executions?wait=60', body, headers).catch(() => null)
  const { id } = await stage.submit(program)
  await stage.second.untilPrinted(id, 'begin')
  await stage.kill(actor)
  const answer = await waiting
  if (answer && answer.status < 300) expect(answer.body).toMatchObject({ id })
  await stage.mustBeOne(mark)
}

const tellsAReader = async (stage: Stage, actor: string) => {
  const run = await stage.begun()
  const watched = stage.follow(run.id, stage.first)
  await stage.kill(actor)
  const events = await watched
  const starts = events.findLastIndex(({ data }) => data.event === 'running')
  expect(bytesIn(events.slice(starts)).toString()).toBe(run.truth)
}

/** The program has ended; what is told of that comes to a node that is held still. */
const ends = async (stage: Stage, held: string, actor: string) => {
  const { mark } = await stage.begun()
  const { pause, resume } = stage.node(held)
  pause()
  await stage.over(mark)
  await stage.kill(actor, held === actor ? undefined : resume)
}

const steps: Record<string, Record<string, Step['killed']>> = {
  api: {
    async 'passes a submission on'(stage) {
      const program = stage.program()
      stage.node('executions').pause()
      await sent(stage, program)
      await stage.kill('api', () => stage.node('executions').resume())
      await stage.submit(program)
      await stage.mustBeOne(program.mark)
    },
    'waits for an end': (stage) => waitsForTheEnd(stage, 'api'),
    'tells a reader what happens': (stage) => tellsAReader(stage, 'api'),
  },
  executions: {
    async 'writes a submission'(stage) {
      const program = stage.program()
      const { mongo } = stage.cluster.servers
      mongo.pause()
      await sent(stage, program)
      await stage.kill('executions', () => mongo.resume())
      await stage.submit(program)
      await stage.mustBeOne(program.mark)
    },
    async 'has accepted a run and told nobody'(stage) {
      const { kafka } = stage.cluster.servers
      kafka.pause()
      await stage.submit()
      await stage.kill('executions', () => kafka.resume())
    },
    'is told of an end': (stage) => ends(stage, 'executions', 'executions'),
  },
  coordinator: {
    async 'keeps a line'(stage) {
      await Promise.all(Array.from({ length: 8 }, () => stage.submit()))
      await stage.kill('coordinator')
    },
    async 'has given a slot to a run'(stage) {
      await stage.scheduled()
      await stage.kill('coordinator', () => stage.node('runs').resume())
    },
  },
  runs: {
    async 'has taken a job and begun nothing'(stage) {
      await stage.scheduled()
      stage.node('executions').pause()
      stage.node('runs').resume()
      await stage.leased()
      await stage.kill('runs', () => stage.node('executions').resume())
    },
    async 'runs a program'(stage) {
      await stage.begun()
      await stage.kill('runs')
    },
    'tells that a program has ended': (stage) => ends(stage, 'results', 'runs'),
  },
  results: {
    'is told of an end': (stage) => ends(stage, 'results', 'results'),
    'records an end': (stage) => ends(stage, 'executions', 'results'),
  },
  live: {
    'tells what happens': (stage) => tellsAReader(stage, 'live'),
    'waits for an end': (stage) => waitsForTheEnd(stage, 'live'),
  },
}

/** Every step of those who take part in a run. */
export const stepsOfRuns: Step[] = Object.entries(steps).flatMap(([actor, of]) =>
  Object.entries(of).map(([is, killed]) => ({ actor, is, killed })),
)
