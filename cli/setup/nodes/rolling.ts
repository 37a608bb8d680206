import { doorsOf, launch, leave, untilReady } from './node.ts'
import { type NodeRecord, records, succeed } from './records.ts'

export type Place = { base: string; host: string; patienceMs: number }

// A door has a port and a worker has users of its own; nobody else can have them before it has left.
const ALONE = ['api', 'runs']

/** The name among the others of whoever takes a node's place while that is there. */
const nextOf = ({ name, node }: NodeRecord) => (node === name ? `${name}b` : name)

/**
 * Replaces running nodes one after the other, so that nobody is refused: whoever can be there twice comes before its
 * predecessor leaves, and each has to take its part before the next one is sent away. Doors come last.
 */
export const roll = async (nodes: readonly NodeRecord[], place: Place): Promise<void> => {
  for (const node of nodes.toSorted((a, b) => Number(a.port !== null) - Number(b.port !== null))) {
    if (node.services.some((name) => ALONE.includes(name))) await afterwards(node, place)
    else await beforehand(node, place)
    console.log(`${node.name} was replaced.`)
  }
}

const afterwards = async (node: NodeRecord, { base, host, patienceMs }: Place) => {
  await leave(base, node, patienceMs)
  const next = await launch(base, node)
  await untilReady(base, next, doorsOf(records(base), host))
}

const beforehand = async (node: NodeRecord, { base, host, patienceMs }: Place) => {
  const next = await launch(base, { ...node, name: `${node.name}.next` }, nextOf(node))
  await untilReady(base, next, doorsOf(records(base), host))
  await leave(base, node, patienceMs)
  succeed(base, next, node.name)
}
