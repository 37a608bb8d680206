import { kafka } from '../../cli/setup/infra/kafka.ts'
import { startInstance } from './instance.ts'

/** A private Kafka of one or three brokers, for tests that kill some; `parts` are the brokers. Heavy: seconds and 300 MB each. */
export const startKafka = ({ brokers = 1 }: { brokers?: 1 | 3 } = {}) => startInstance(kafka, { members: brokers })
