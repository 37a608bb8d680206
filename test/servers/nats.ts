import { nats } from '../../cli/setup/infra/nats.ts'
import { type InstanceOptions, startInstance } from './instance.ts'

/** A private NATS; `args` are added to its command (`['--auth', 'secret']`). */
export const startNats = (options?: Pick<InstanceOptions, 'args'>) => startInstance(nats, options)
