import { type TopicContract, topicContracts } from '../../mixins/contract/contract.ts'
import * as executions from '../executions/executions.events.ts'

const known = topicContracts(executions)

/** The topics whose dead letters are kept. */
export const topicsOfFacts: readonly string[] = [...new Set(known.map(({ topic }) => topic))]

/** The contract of a message, if it is one of ours. */
export const contractOf = (topic: string, type: string): TopicContract | undefined =>
  known.find((contract) => contract.topic === topic && contract.name === type)
