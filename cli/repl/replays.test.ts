import { jest } from '@jest/globals'
import type { ServiceSchema } from 'moleculer'
import { type Actors, startActors } from '../../config/testing.ts'
import replaysService from '../../services/replays/replays.service.ts'
import { eventually } from '../../test/eventually.ts'
import { consoleCommands } from './commands.ts'
import { evaluator } from './console.ts'

describe('the console on replays', () => {
  let actors: Actors
  let lines: string[]
  let type: (line: string) => Promise<string>

  beforeAll(async () => {
    actors = await startActors([replaysService, { name: 'shop' } as ServiceSchema])
    lines = []
    jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
    jest.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line))
    const commands = consoleCommands(() => undefined)
    const evaluate = evaluator(actors.broker, commands)
    type = async (line) => {
      lines.length = 0
      await evaluate(line)
      return lines.join('\n')
    }
    const message = (key: string) => ({ id: `id-${key}`, key, type: 'executions.deleted', headers: {}, payload: {} })
    await actors.backends.topics.append('executions.events', [message('a'), message('b')])
  })
  afterAll(async () => {
    jest.restoreAllMocks()
    await actors.discard()
  })

  it('counts first, sends then, and says how far it has come', async () => {
    expect(await type('replays')).toBe('No replays.')
    expect(await type('replay executions.events --dry-run')).toMatch(
      /2 of 2 messages would be sent: 2 executions.deleted\.$/,
    )
    expect(await type('replay executions.events --key a --dry-run')).toMatch(/1 of 2 messages/)
    expect(await type('replay executions.events')).toMatch(/^Say for whom and why/)
    expect(await type('replay executions.events --group shop --reason "mended it"')).toMatch(/^Replay \w{8} is running/)
    await eventually(async () =>
      expect(await type('replays')).toMatch(/done +2 +executions.events +shop +local +mended it/),
    )
  })

  it('ends one that goes on', async () => {
    const [, id] = /^Replay (\w{8})/.exec(await type('replay executions.events --group shop --reason x --rate 1'))!
    expect(await type(`cancel-replay ${id}`)).toMatch(/is cancelled; \d messages were sent/)
    expect(await type(`cancel-replay ${id}`)).toMatch(/is over/)
  })

  it('names what is wrong', async () => {
    for (const option of ['from', 'to', 'partition', 'rate'])
      expect(await type(`replay executions.events --group shop --reason x --${option} 1O`)).toMatch(
        new RegExp(`^--${option} is "1O", but must be a whole number`),
      )
    expect(await type('replay nothing --group shop --reason x')).toMatch(/^topic: there is no topic "nothing"/)
  })
})
