import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import type { BrokerOptions, ServiceBroker } from 'moleculer'
import { brokerOptions } from './config/broker.ts'
import { readEnv } from './config/env.ts'
import { backendLog } from './config/log.ts'
import { nodeIdOf } from './config/node.ts'
import { openBackends } from './config/profiles.ts'
import { openTransporter } from './config/transporters.ts'
import { wireFidelity } from './config/wire-fidelity.ts'
import { attach } from './mixins/backends.ts'
import { leaveInOrder } from './mixins/contract/leaving.ts'
import { patience } from './mixins/contract/patience.ts'

/** How long services wait for the first connection to other nodes before they start without it. */
const JOIN_MS = 2000
/** How long other nodes and balancers may take to learn that this node leaves. */
const LEAVE_MS = 1000

// What runs once for each run would be interpreted for long: its functions become machine code at their first call.
setFlagsFromString('--always-sparkplug')

const open = async () => {
  const env = readEnv()
  const nodeID = nodeIdOf(env)
  const log = backendLog(env.logLevel, nodeID)
  const { backends, redis } = await openBackends(env, log)
  return { env, nodeID, backends, transport: await openTransporter(env, log, redis) }
}

// Whatever keeps Greenroom from starting is one sentence for whoever starts it.
const { env, nodeID, backends, transport } = await open().catch((error: Error) => {
  process.stderr.write(`Greenroom cannot start: ${error.message}\n`)
  process.exit(1)
})

// A node that cannot reach the others yet still answers, and says why it is not ready. Where there are no others, half a
// second of listening for them would hear nobody: whoever joins introduces itself.
const startWithoutOthers = ({ transit }: ServiceBroker) => {
  if (!transit) return
  const connect = transit.connect.bind(transit)
  transit.connect = () =>
    Promise.race([connect(), pause(transport.isShared ? JOIN_MS : 0, undefined, { ref: false })]) as never
}

/** The one place that chooses what the services stand on. */
export default {
  ...brokerOptions({
    nodeID,
    logLevel: env.logLevel,
    transporter: transport.transporter as never,
    stopDelay: transport.isShared ? LEAVE_MS : 50,
  }),
  middlewares: [wireFidelity, patience()],
  created(broker: ServiceBroker) {
    attach(broker, { ...backends, health: () => [...backends.health(), ...transport.health()] })
    startWithoutOthers(broker)
    leaveInOrder(broker)
  },
  stopped: () => backends.close(),
} satisfies BrokerOptions
