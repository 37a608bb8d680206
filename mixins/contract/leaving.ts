import type { ServiceBroker } from 'moleculer'

type Farewell = () => Promise<void>

const farewells = new WeakMap<ServiceBroker, Set<Farewell>>()
const leaving = new WeakMap<ServiceBroker, Promise<void>>()

/** Whether a node has been asked to stop, be it that it still serves others. */
export const isLeaving = (broker: ServiceBroker): boolean => leaving.has(broker)

/**
 * What a node does when it is asked to stop, before it tells the others that it leaves and while it still serves them:
 * the moment to hand over what only one node does at a time. It may not reject, and has to end in seconds.
 */
export const beforeLeaving = (broker: ServiceBroker, farewell: Farewell): void => {
  farewells.set(broker, (farewells.get(broker) ?? new Set()).add(farewell))
}

/** Makes a node keep what `beforeLeaving` promises, however it is stopped and however often it is told. */
export const leaveInOrder = (broker: ServiceBroker): void => {
  const stop = broker.stop.bind(broker)
  const leave = async () => {
    await Promise.all([...(farewells.get(broker) ?? [])].map((farewell) => farewell()))
    await stop()
  }
  broker.stop = () => {
    const left = leaving.get(broker) ?? leave()
    leaving.set(broker, left)
    return left
  }
}
