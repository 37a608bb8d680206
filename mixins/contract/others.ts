import type { ServiceBroker } from 'moleculer'

type Listed = { name: string; nodeID: string; available: boolean }

/** The other nodes that are known to run a service now. */
export const othersThatRun = ({ registry, nodeID }: ServiceBroker, service: string): string[] =>
  (registry.getServiceList({ onlyAvailable: true }) as Listed[])
    .filter((listed) => listed.name === service && listed.nodeID !== nodeID && listed.available)
    .map((listed) => listed.nodeID)
