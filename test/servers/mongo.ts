import { mongodb } from '../../cli/setup/infra/mongodb.ts'
import { type InstanceOptions, startInstance } from './instance.ts'

/** A private server that speaks MongoDB's protocol; `args` are added to its command (`['--auth']`). */
export const startMongo = (options?: Pick<InstanceOptions, 'args'>) => startInstance(mongodb, options)
