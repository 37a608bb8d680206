import { jest } from '@jest/globals'
import type { ServiceSchema } from 'moleculer'
import { type Actors, startActors } from '../../config/testing.ts'
import { call } from '../../mixins/contract/contract.ts'
import { on, topics } from '../../mixins/topics/topics.mixin.ts'
import { deadletters } from '../../services/deadletters/deadletters.contract.ts'
import deadlettersService from '../../services/deadletters/deadletters.service.ts'
import { ExecutionDeleted } from '../../services/executions/executions.events.ts'
import { eventually } from '../../test/eventually.ts'
import { consoleCommands } from './commands.ts'
import { evaluator } from './console.ts'

const shop = {
  name: 'shop',
  mixins: [topics({ attempts: 1 })],
  actions: { deleted: on(ExecutionDeleted, () => undefined) },
} as unknown as ServiceSchema

describe('the console on dead letters', () => {
  let actors: Actors
  let lines: string[]
  let failures: number
  let type: (line: string) => Promise<string>

  // The console's commands can be declared once in a process.
  beforeAll(async () => {
    actors = await startActors([deadlettersService, shop])
    lines = []
    jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
    jest.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line))
    const commands = consoleCommands(() => {
      failures++
    })
    const evaluate = evaluator(actors.broker, commands)
    type = async (line) => {
      lines.length = 0
      await evaluate(line)
      return lines.join('\n')
    }
  })
  beforeEach(() => {
    failures = 0
  })
  afterAll(async () => {
    jest.restoreAllMocks()
    await actors.discard()
  })

  /** A message that does not fit its contract, so that the shop can never handle it; the short id of its letter. */
  const bury = async (messageId: string) => {
    const payload = { executionId: 'e1\u001b[31m' }
    const message = { id: messageId, key: 'e1', type: 'executions.deleted', headers: {}, payload }
    await actors.backends.topics.append('executions.events', [message])
    const find = async () =>
      (await call(actors.broker, deadletters.list, {})).items.find((letter) => letter.messageId === messageId)
    await eventually(async () => expect(await find()).toBeDefined())
    return (await find())!.id.slice(-8)
  }

  it('says that there are none', async () => {
    expect(await type('letters')).toBe('No dead letters.')
  })

  it('lists them by cause, shows one whole, and suggests what to do', async () => {
    const id = await bury('m1')
    expect(await type('dlq')).toMatch(
      new RegExp(`COUNT .*\\n +1  executions.events  shop .*[\\s\\S]*Next: letter ${id}`),
    )
    const whole = await type(`letter ${id}`)
    expect(whole).toContain('executions.deleted m1, key e1')
    expect(whole).toContain(`Next: retry-letter ${id}, discard-letter ${id}`)
    expect(whole).not.toContain('\u001b')
    await type(`discard-letter ${id} --reason done`)
  })

  it('shows in a dry run what its contract says, and retries what was edited', async () => {
    const id = await bury('m2')
    expect(await type(`retry-letter ${id} --dry-run`)).toMatch(/Its contract refuses it:[\s\S]*payload\.rev/)
    const about = {
      rev: 1,
      at: 'x',
      state: 'failed',
      attempt: 1,
      user: 'u',
      language: 'l',
      priority: 'low',
      createdAt: 'x',
    }
    const payload = JSON.stringify({ executionId: 'e1', ...about })
    expect(await type(`retry-letter ${id} --payload '${payload}' --reason mended`)).toMatch(/goes to shop once more/)
    expect(await type('letters')).toBe('No dead letters.')
    expect(await type('letters --state retried')).toContain(id)
    expect(await type(`retry-letter ${id}`)).toMatch(/is retried already/)
    expect(failures).toBe(1)
  })

  it('retries all of a cause, and discards with a reason', async () => {
    const id = await bury('m3')
    expect(await type('retry-letters --cause NOTHING')).toMatch(/^0 letters are retried/)
    expect(await type('retry-letters --dry-run')).toBe('1 letters would be retried.')
    expect(await type(`discard-letter ${id}`)).toMatch(/^Say why/)
    expect(await type(`discard-letter ${id} --reason "not worth it"`)).toMatch(/is discarded/)
    expect(await type(`letter ${id}`)).toMatch(/discarded by local at .*: not worth it/)
  })

  it('names what is wrong with a payload that is no JSON', async () => {
    const id = await bury('m4')
    expect(await type(`retry-letter ${id} --payload '{'`)).toMatch(/^payload: .*JSON/)
    expect(failures).toBe(1)
  })
})
