import { spawnSync } from 'node:child_process'
import type { ExecutionView } from '../../services/executions/executions.contract.ts'
import { eventually } from '../eventually.ts'
import { describeOn } from '../servers/describe-on.ts'
import type { Instance } from '../servers/instance.ts'
import { startKafka } from '../servers/kafka.ts'
import { Client, type Page } from './client.ts'
import { type Greenroom, startGreenroom } from './greenroom.ts'

type Fact = { key: string; headers: Record<string, string>; payload: Record<string, unknown> }
type Letters = { items: { messageId: string; cause: string; error: string; topic: string }[] }

const hasKcat = spawnSync('kcat', ['-V']).status === 0
const suite = hasKcat
  ? describeOn('kafka')
  : (title: string, body: () => void) => describe.skip(`${title} (kcat is missing: apt-get install kcat)`, body)

suite('another system on the durable topics, with a client that is not ours', () => {
  let kafka: Instance
  let greenroom: Greenroom
  let client: Client

  beforeAll(async () => {
    kafka = await startKafka()
    greenroom = await startGreenroom({ env: { GREENROOM_KAFKA_BROKERS: kafka.url } })
    client = new Client(greenroom.url)
  })
  afterAll(async () => {
    await greenroom?.close()
    await kafka?.stop()
  })

  const kcat = (args: string[], input = '') => {
    const { stdout, stderr, status } = spawnSync('kcat', ['-b', kafka.url, ...args], { input, encoding: 'utf8' })
    if (status !== 0) throw new TypeError(`kcat: ${stderr}`)
    return stdout
  }
  const request = (body: string, headers: Record<string, string>) => {
    const told = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`])
    // The whole input is one message: no delimiter can occur in it.
    kcat(['-P', '-t', 'executions.requests', '-D', '\u0001', ...told], body)
  }
  const ask = (id: string, body: unknown, headers: Record<string, string> = {}) =>
    request(typeof body === 'string' ? body : JSON.stringify(body), { id, type: 'executions.requested', ...headers })

  /** Everything on a topic, as far as it goes now. */
  const read = (topic: string): Fact[] =>
    kcat(['-C', '-t', topic, '-e', '-q', '-f', '%k\t%h\t%s\n'])
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [key = '', headers = '', payload = ''] = line.split('\t')
        const pairs = headers.split(',').map((pair) => pair.split('=') as [string, string])
        return { key, headers: Object.fromEntries(pairs), payload: JSON.parse(payload) }
      })

  const runOf = async (order: string): Promise<ExecutionView> => {
    let found: ExecutionView | undefined
    await eventually(async () => {
      const { body } = await client.get<Page>(`/executions?label=order=${order}`)
      expect(body.items).toMatchObject([{ finishedAt: expect.any(String) }])
      found = (await client.get<ExecutionView>(`/executions/${body.items[0]!.id}`)).body
    })
    return found!
  }

  it('submits a run with a message, once however often it is sent, and reads how it goes, in order', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c'
    const program = { language: 'python', source: 'print(6 * 7)', labels: { order: '17' } }
    for (const _ of [1, 2]) ask('order-17', program, { traceparent: `00-${trace}-b7ad6b7169203331-01` })
    const run = await runOf('17')
    expect(run).toMatchObject({ state: 'succeeded', stdout: '42\n' })
    await eventually(() => expect(read('executions.events').filter(({ key }) => key === run.id)).toHaveLength(4))
    const facts = read('executions.events').filter(({ key }) => key === run.id)
    expect(facts.map(({ headers }) => headers.type)).toEqual([
      ...['executions.queued', 'executions.scheduled', 'executions.started', 'executions.ended'],
    ])
    for (const { headers, payload } of facts) {
      expect(headers).toMatchObject({
        version: '1',
        id: expect.any(String),
        traceparent: expect.stringContaining(trace),
      })
      expect(payload).toMatchObject({ executionId: run.id, request: 'order-17' })
    }
    const revisions = facts.map(({ payload }) => payload.rev as number)
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b))
    expect((await client.get<Page>('/executions?label=order=17')).body.items).toHaveLength(1)
  })

  it('finds what it should not have sent in the dead letters, with the reason, and what follows goes on', async () => {
    ask('bad-json', '{"language": ')
    ask('bad-field', { language: 'python', sauce: 'print(1)' })
    ask('bad-language', { language: 'cobol', source: '' })
    request('{}', { id: 'bad-type', type: 'executions.wished' })
    ask('order-18', { language: 'python', source: 'print(18)', labels: { order: '18' } })
    expect((await runOf('18')).stdout).toBe('18\n')
    await eventually(async () => {
      const { body } = await client.get<Letters>('/dead-letters?topic=executions.requests')
      const told = Object.fromEntries(body.items.map(({ messageId, cause }) => [messageId, cause]))
      expect(told).toEqual({
        ...{ 'bad-json': 'PAYLOAD_UNREADABLE', 'bad-field': 'VALIDATION_ERROR' },
        ...{ 'bad-language': 'UNKNOWN_LANGUAGE', 'bad-type': 'TYPE_UNKNOWN' },
      })
    })
    expect(read('executions.requests.dead')).toHaveLength(4)
  })

  it('has a request mended by an operator and run after all', async () => {
    const letters = async () =>
      (await client.get<{ items: { id: string; messageId: string }[] }>('/dead-letters')).body.items
    const { id } = (await letters()).find(({ messageId }) => messageId === 'bad-field')!
    const payload = { language: 'python', source: 'print("mended")', labels: { order: '19' } }
    const trial = await client.ask('POST', `/dead-letters/${id}/retry`, { payload, dryRun: true })
    expect(trial.body).toMatchObject({ complaints: [], state: 'open' })
    expect((await client.ask('POST', `/dead-letters/${id}/retry`, { payload, reason: 'a typing error' })).status).toBe(
      200,
    )
    expect((await runOf('19')).stdout).toBe('mended\n')
    expect((await letters()).map(({ messageId }) => messageId)).not.toContain('bad-field')
  })
})
