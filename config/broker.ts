import { hostname } from 'node:os'
import type { BrokerOptions } from 'moleculer'

type Choices = {
  nodeID?: string
  /** Least severe line that is written to stdout; null writes none. */
  logLevel?: string | null
  transporter?: BrokerOptions['transporter']
  metrics?: BrokerOptions['metrics']
  /** How long a stopping node still serves after it has told that it leaves. */
  stopDelay?: number
}

/**
 * How every node of one system behaves, whatever it does: the server, the console and the tests. Nodes that disagree
 * about heartbeats take each other for dead, so that these values stand here once.
 */
export const brokerOptions = ({
  nodeID,
  logLevel = 'warn',
  transporter,
  metrics = false,
  stopDelay = 50,
}: Choices): BrokerOptions =>
  ({
    namespace: 'greenroom',
    nodeID: nodeID ?? `${hostname()}-${process.pid}`,
    logger: logLevel !== null && { type: 'Pino', options: { level: logLevel, pino: { options: { base: null } } } },
    transporter: transporter ?? null,
    // A call is short; work goes through the queue.
    requestTimeout: 5000,
    retryPolicy: { enabled: true, retries: 2, delay: 100, maxDelay: 1000, factor: 2 },
    heartbeatInterval: 2,
    heartbeatTimeout: 5,
    dependencyInterval: 50,
    // A node whose servers are away waits for them, however long, and says so.
    dependencyTimeout: 0,
    tracking: { enabled: true, shutdownTimeout: 20_000 },
    registry: { preferLocal: true, stopDelay },
    transit: { serviceChangedDebounceTime: 50 },
    metrics,
  }) as BrokerOptions
