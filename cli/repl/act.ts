import type { ServiceBroker } from 'moleculer'
import type { ConsoleCommand } from './console.ts'

/** What a command does: resolves with the texts that it prints; what it throws is said in one sentence. */
export type Act = (broker: ServiceBroker, args: { options: Record<string, unknown>; id: string }) => Promise<string[]>

export type Print = (act: Act) => ConsoleCommand['action']
