import { createRequire } from 'node:module'
import kafkajs, { type Admin, type Consumer, type Producer, type SASLOptions } from 'kafkajs'
import type { Brokers } from './kafka-address.ts'
import type { KafkaRecord } from './kafka-record.ts'

// The only file that knows the client library.
export type { Admin, Consumer, EachBatchPayload, Producer } from 'kafkajs'

const CONNECT_MS = 3000
const REQUEST_MS = 8000
const RETRY = { initialRetryTime: 50, maxRetryTime: 500, retries: 5 }
const GROUP = { sessionTimeout: 10_000, rebalanceTimeout: 10_000, heartbeatInterval: 1000 }
/** How long a quiet fetch waits; the client beats between fetches only, so that this is how fast a group changes. */
const FETCH_MS = 250
/** What is less is fetched when that time is over: each fetch costs more than many messages, and nobody waits for a fact. */
const FETCH_BYTES = 65_536
const METADATA_MS = 60_000

type Broker = {
  versions: Record<string, unknown> | null
  fetch(request: object): Promise<{ responses: { partitions: FetchedPartition[] }[] }>
}
type FetchedPartition = { highWatermark: string; messages: (KafkaRecord & { isControlRecord?: boolean })[] }
type Offsets = { topic: string; partitions: { partition: number; offset: string }[] }[]

/** What the library's own parts talk to brokers with. */
export type Cluster = {
  connect(): Promise<void>
  disconnect(): Promise<void>
  refreshMetadata(): Promise<void>
  addTargetTopic(topic: string): Promise<void>
  metadata(options: { topics: string[] }): Promise<{ brokers: unknown[] }>
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[]
  findBroker(options: { nodeId: number }): Promise<Broker>
  findControllerBroker(): Promise<Broker>
  fetchTopicsOffset(topics: { topic: string; fromBeginning: boolean; partitions: object[] }[]): Promise<Offsets>
}

type Inner = {
  Cluster: new (options: object) => Cluster
  socketFactory: () => object
  RequestQueue: { prototype: { pending: unknown[]; scheduleCheckPendingRequests(): void } }
}

const require = createRequire(import.meta.url)
const inner: Inner = {
  Cluster: require('kafkajs/src/cluster/index.js'),
  socketFactory: require('kafkajs/src/network/socketFactory.js'),
  RequestQueue: require('kafkajs/src/network/requestQueue/index.js'),
}

// After every answer it looks, by a timer that lies in the past, for requests that wait. Where none waits there is
// nothing to look for, and Node has no timer to warn of.
const { scheduleCheckPendingRequests } = inner.RequestQueue.prototype
inner.RequestQueue.prototype.scheduleCheckPendingRequests = function () {
  if (this.pending.length > 0) scheduleCheckPendingRequests.call(this)
}

/** Makes connections to one cluster. Each has its own state, and nothing of them is shared. */
export class KafkaClient {
  readonly #brokers: Brokers

  constructor(brokers: Brokers) {
    this.#brokers = brokers
  }

  /** Sends a batch once, in order, to the partition that its messages name; to be thrown away when it rejects. */
  producer(): Producer {
    return this.#kafka().producer({
      idempotent: true,
      // Each waits for as long as a broker may take to acknowledge; whoever sends knows when to give up.
      retry: { ...RETRY, retries: 1 },
      allowAutoTopicCreation: false,
      metadataMaxAge: METADATA_MS,
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    })
  }

  /** A member of a group; when it crashes it is over, and its user makes another. */
  consumer(groupId: string): Consumer {
    return this.#kafka().consumer({
      ...GROUP,
      groupId,
      maxWaitTimeInMs: FETCH_MS,
      minBytes: FETCH_BYTES,
      metadataMaxAge: METADATA_MS,
      allowAutoTopicCreation: false,
      retry: { ...RETRY, restartOnFailure: async () => false },
    })
  }

  admin(): Admin {
    return this.#kafka().admin()
  }

  /** For what the public parts of the library cannot do, above all to read without being in a group. */
  cluster(): Cluster {
    return new inner.Cluster({
      ...this.#options(),
      logger: this.#kafka().logger(),
      socketFactory: inner.socketFactory(),
      enforceRequestTimeout: true,
      metadataMaxAge: METADATA_MS,
      allowAutoTopicCreation: false,
      maxInFlightRequests: null,
      isolationLevel: 1,
    })
  }

  #kafka() {
    // It would print every connection that fails; what is wrong is told once, in a sentence, by our own health.
    return new kafkajs.Kafka({ ...this.#options(), logLevel: kafkajs.logLevel.NOTHING })
  }

  #options() {
    const times = { connectionTimeout: CONNECT_MS, authenticationTimeout: CONNECT_MS, requestTimeout: REQUEST_MS }
    const { addresses: brokers, tls: ssl, login } = this.#brokers
    return { brokers, ssl, ...(login && { sasl: login as SASLOptions }), clientId: 'greenroom', retry: RETRY, ...times }
  }
}
