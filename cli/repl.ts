import { hostname } from 'node:os'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { ServiceBroker } from 'moleculer'
import { brokerOptions } from '../config/broker.ts'
import { openRedis } from '../config/data.ts'
import { type Env, readEnv } from '../config/env.ts'
import { joinTransporter, type Transport } from '../config/transporters.ts'
import { answers, socketPath } from '../mixins/transporter/socket-path.ts'
import { consoleCommands } from './repl/commands.ts'
import { evaluator, openConsole } from './repl/console.ts'

const JOIN_MS = 10_000
const NOT_RUNNING = 1
const ASKED = ['executions', 'coordinator']
const NOBODY = `No node with ${ASKED.join(' and ')} is there; ./deploy.sh status shows what runs.`

/** Joins the running system as a node without services and opens its console, or works through a script on stdin. */
const main = async (): Promise<void> => {
  const env = readEnv()
  const { transporter, health } = await join(env)
  const broker = new ServiceBroker(
    brokerOptions({ nodeID: `console-${process.pid}@${hostname()}`, logLevel: null, transporter }),
  )
  const joined = new AbortController()
  // Joining is tried for ever; people are told why it takes long.
  void pause(JOIN_MS, undefined, { signal: joined.signal }).then(
    () => leave(health().find(({ ok }) => !ok)?.detail ?? 'Greenroom does not answer.'),
    () => undefined,
  )
  await broker.start()
  joined.abort()
  await broker.waitForServices(ASKED, JOIN_MS, 50).catch(() => leave(NOBODY))
  const failed = () => {
    process.exitCode = 1
  }
  const commands = consoleCommands(failed)
  if (process.stdin.isTTY) return openConsole(broker, commands)
  await script(evaluator(broker, commands, failed))
  await broker.stop()
  process.exit()
}

const join = async (env: Env): Promise<Transport> => {
  const path = socketPath(env.dataDir)
  if (env.natsUrl === null && !(await answers(path)))
    return leave(`Greenroom is not running on ${env.dataDir}. Start it with: ./deploy.sh dev`)
  const silent = { info: () => undefined, warn: () => undefined }
  const redis = env.redisUrl === null ? null : await openRedis(env.redisUrl, silent)
  return joinTransporter(env, silent, redis)
}

// One command after the other, as a script expects; what it says stays in order.
const script = async (evaluate: (line: string) => Promise<void>): Promise<void> => {
  for await (const line of createInterface({ input: process.stdin })) {
    const command = line.trim()
    if (command === 'exit' || command === 'quit') return
    if (command !== '' && !command.startsWith('#')) await evaluate(command)
  }
}

const leave = (sentence: string): never => {
  process.stderr.write(`${sentence}\n`)
  process.exit(NOT_RUNNING)
}

await main().catch((error: Error) => leave(error.message))
