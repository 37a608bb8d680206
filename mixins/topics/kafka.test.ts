import { randomUUID } from 'node:crypto'
import { describeOn } from '../../test/servers/describe-on.ts'
import { sharedKafka } from '../../test/servers/shared-kafka.ts'
import { PARTITIONS } from '../contract/topic.ts'
import { type KafkaTopics, kafkaTopics } from './kafka.ts'
import { type TopicsHarness, topicsSuite } from './topics.suite.ts'
import type { Topics } from './topics.ts'
import { windowSuite } from './window.suite.ts'

const quiet = { info: () => undefined, warn: () => undefined }

/** The same topics under names that nobody else of this run has. */
const apart = (topics: Topics, prefix: string): Topics => {
  const plain = <M extends { topic: string }>(messages: M[]): M[] =>
    messages.map((message) => ({ ...message, topic: message.topic.slice(prefix.length) }))
  return {
    append: (topic, messages) => topics.append(prefix + topic, messages),
    subscribe: (topic, group, handler, options) =>
      topics.subscribe(prefix + topic, prefix + group, (batch) => handler(plain(batch)), options),
    read: async (topic, ...rest) => plain(await topics.read(prefix + topic, ...rest)),
    extent: (topic) => topics.extent(prefix + topic),
    lag: (topic, group) => topics.lag(prefix + topic, prefix + group),
  }
}

const open = async (): Promise<TopicsHarness> => {
  const { url } = await sharedKafka()
  const prefix = `t-${randomUUID().slice(0, 8)}-`
  let topics: KafkaTopics = kafkaTopics(url, quiet)
  return {
    partitions: PARTITIONS,
    topics: () => apart(topics, prefix),
    async restart() {
      await topics.close()
      topics = kafkaTopics(url, quiet)
    },
    close: () => topics.close(),
  }
}

describeOn('kafka')('durable topics', () => {
  topicsSuite('Kafka', open)
  windowSuite('Kafka', open)
})
