import type { Service } from 'moleculer'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { call } from '../../mixins/contract/contract.ts'
import { coordinator } from '../coordinator/coordinator.contract.ts'
import { deadletters } from '../deadletters/deadletters.contract.ts'
import type { Handler } from './exchange.ts'

const SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 600]

/** What Prometheus is told of this gateway and of the line of runs. Labels come from closed sets only. */
export const createMetrics = () => {
  const registers = [new Registry()]
  collectDefaultMetrics({ register: registers[0], prefix: 'greenroom_' })
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  return {
    registry: registers[0]!,
    accepted: new Counter({
      name: 'greenroom_executions_accepted_total',
      help: 'Runs accepted, attempts that wait again included.',
      labelNames: ['language'],
      registers,
    }),
    ended: new Counter({
      name: 'greenroom_executions_ended_total',
      help: 'Runs that have reached their final state.',
      labelNames: ['language', 'state', 'cause'],
      registers,
    }),
    duration: new Histogram({
      name: 'greenroom_execution_duration_seconds',
      help: 'Wall time of ended runs.',
      labelNames: ['language'],
      buckets: SECONDS,
      registers,
    }),
    waiting: gauge('greenroom_queue_waiting', 'Runs that wait for a slot.'),
    running: gauge('greenroom_queue_running', 'Runs that hold a slot.'),
    slots: gauge('greenroom_queue_slots', 'Slots of all connected workers.'),
    letters: new Gauge({
      name: 'greenroom_dead_letters_open',
      help: 'Messages that could not be handled and about which nobody has decided.',
      labelNames: ['topic', 'cause'],
      registers,
    }),
    streams: gauge('greenroom_open_streams', 'Live streams that are open.'),
  }
}

// What cannot be had soon is what it was the last time.
const AT_ONCE = { timeout: 1000, retries: 0 }

export type Metrics = ReturnType<typeof createMetrics>

/** GET /metrics in the Prometheus text format. */
export const metricsPage =
  (service: Service, metrics: Metrics, openStreams: () => number): Handler =>
  async (req, res) => {
    const line = await call(service.broker, coordinator.queue, { limit: 1 }).catch(() => null)
    if (line) {
      metrics.waiting.set(line.length)
      metrics.running.set(line.running)
      metrics.slots.set(line.slots)
    }
    const letters = await call(service.broker, deadletters.open, {}, AT_ONCE).catch(() => null)
    if (letters) {
      metrics.letters.reset()
      for (const { topic, cause, count } of letters) metrics.letters.set({ topic, cause }, count)
    }
    metrics.streams.set(openStreams())
    const text = await metrics.registry.metrics()
    res.writeHead(200, { 'Content-Type': metrics.registry.contentType })
    res.end(req.method === 'HEAD' ? undefined : text)
  }
