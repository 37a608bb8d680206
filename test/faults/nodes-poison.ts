import { brokersOf } from '../../mixins/topics/kafka-address.ts'
import { KafkaClient } from '../../mixins/topics/kafka-client.ts'
import { eventually } from '../eventually.ts'
import type { Stage } from './nodes-stage.ts'
import { mustBeIdle } from './nodes-truth.ts'

const FACTS = 'executions.events'
const FOLLOWERS = ['coordinator', 'results']

type Letter = { id: string; group: string; cause: string; messageId: string }
type Envelope = { envelope: Record<string, unknown> }

/** Messages that nobody can handle; they leave in the log what its judge cannot read either. */
export const poison = (stage: () => Stage): void => {
  const client = () => stage().second

  const send = async (messages: readonly (readonly [id: string, type: string, value: string, cause: string])[]) => {
    const producer = new KafkaClient(brokersOf(stage().cluster.servers.kafka.url)).producer()
    await producer.connect()
    for (const [id, type, value] of messages) {
      const message = { key: 'poison', value, headers: { id, type, more: 'kept' }, partition: 0 }
      await producer.send({ topic: FACTS, acks: -1, messages: [message] })
    }
    await producer.disconnect()
  }

  it('bury what nobody can handle for each who follows the topic, whole, and go on', async () => {
    const bad: [id: string, type: string, value: string, cause: string][] = [
      ['bad-json', 'executions.ended', '{"executionId":', 'PAYLOAD_UNREADABLE'],
      ['bad-type', 'executions.forgotten', '{"executionId":"x"}', 'TYPE_UNKNOWN'],
      ['bad-field', 'executions.ended', '{"executionId":"x","rev":"first"}', 'VALIDATION_ERROR'],
    ]
    await send(bad)
    expect(await client().run({ language: 'bash', source: 'echo on' })).toMatchObject({ stdout: 'on\n' })
    const ofFollowers = bad.filter(([id]) => id !== 'bad-type')
    const expected = FOLLOWERS.flatMap((group) =>
      ofFollowers.map(([id, , , cause]) => ({ group, cause, messageId: id })),
    )
    let letters: Letter[] = []
    await eventually(async () => {
      const { body } = await client().get<{ items: Letter[] }>(`/dead-letters?topic=${FACTS}&limit=200`)
      letters = body.items
      const found = letters.map(({ group, cause, messageId }) => ({ group, cause, messageId }))
      expect(found).toEqual(expect.arrayContaining(expected))
      // Nobody follows it, so that it is nobody's in particular.
      expect(found).toContainEqual(expect.objectContaining({ cause: 'TYPE_UNKNOWN', messageId: 'bad-type' }))
    })
    for (const { id, group, messageId } of letters) {
      const { envelope } = (await client().get<Envelope>(`/dead-letters/${id}`)).body
      const [, type, value] = bad.find(([badId]) => badId === messageId)!
      expect(envelope).toMatchObject({
        ...{ id: expect.stringContaining(`${group}/${FACTS}/0/`), group, topic: FACTS, partition: 0 },
        ...{ offset: expect.any(Number), at: expect.any(Number), node: expect.any(String), attempts: 1 },
        ...{ firstFailureAt: expect.any(String), lastFailureAt: expect.any(String), traceParent: null, replayOf: null },
        error: { message: expect.any(String), stackHash: expect.stringMatching(/^[0-9a-f]{16}$/) },
        message: { id: messageId, key: 'poison', type, headers: { more: 'kept' } },
      })
      const { bytes, message } = envelope as { bytes?: string; message: { payload: unknown } }
      expect(bytes ? Buffer.from(bytes, 'base64').toString() : JSON.stringify(message.payload)).toBe(value)
    }
    await mustBeIdle(client())
  })
}
