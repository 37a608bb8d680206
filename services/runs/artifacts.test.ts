import { type Actors, type Machine, openMachine, startActors } from '../../config/testing.ts'
import { call } from '../../mixins/contract/contract.ts'
import { eventually } from '../../test/eventually.ts'
import coordinatorService from '../coordinator/coordinator.service.ts'
import { executions, type Submission } from '../executions/executions.contract.ts'
import executionsService from '../executions/executions.service.ts'
import resultsService from '../results/results.service.ts'
import runsService from './runs.service.ts'

const machine: Machine = await openMachine()
const here = machine.refusal === null ? describe : describe.skip
const WRITE = 'import os; os.makedirs("out/d"); open("out/d/é.txt", "w").write("hé"); open("out/empty", "w")'

afterAll(() => machine.close())

here('artifacts of a run', () => {
  let actors: Actors

  beforeAll(async () => {
    actors = await startActors([executionsService, coordinatorService, resultsService, runsService], { machine })
  })
  afterAll(() => actors.discard())

  const run = async (source: string, change: Partial<Submission> = {}) => {
    const asked = { language: 'python', source, artifacts: { directory: 'out' }, ...change }
    const { id } = await call(actors.broker, executions.submit, asked)
    const get = () => call(actors.broker, executions.get, { id })
    await eventually(async () => expect((await get()).finishedAt).not.toBeNull())
    return get()
  }
  const find = (id: string, path: string) => call(actors.broker, executions.artifact, { id, path })
  const bytesOf = async (id: string, path: string) => {
    const { key, sizeBytes } = await find(id, path)
    return Buffer.from(await actors.backends.streams.slice(key, path, 0, sizeBytes)).toString()
  }

  it('are there when its end is told, and can be read', async () => {
    const { id, artifacts, artifactsNote } = await run(WRITE)
    expect(artifacts).toEqual([
      { path: 'd/é.txt', sizeBytes: 3 },
      { path: 'empty', sizeBytes: 0 },
    ])
    expect(artifactsNote).toBeNull()
    expect([await bytesOf(id, 'd/é.txt'), await bytesOf(id, 'empty')]).toEqual(['hé', ''])
    const missing = expect.objectContaining({ type: 'ARTIFACT_NOT_FOUND', code: 404 })
    for (const path of ['d', 'nothing', '../main.py', '']) await expect(find(id, path)).rejects.toThrow(missing)
  })

  it('are null where none were asked for, and none where it left none', async () => {
    const { id } = await call(actors.broker, executions.submit, { language: 'python', source: WRITE })
    expect(await call(actors.broker, executions.get, { id })).toMatchObject({ artifacts: null, artifactsNote: null })
    expect(await run('pass')).toMatchObject({ artifacts: [], artifactsNote: null })
  })

  it('leave out, with the reason, what may not be handed out', async () => {
    const source = 'import os; os.symlink("/etc/passwd", "out/l"); open("out/a", "w").write("x" * 5_000_000)'
    const { artifacts, artifactsNote } = await run(source)
    expect(artifacts).toEqual([])
    expect(artifactsNote).toBe(
      'Left out: "a" (more bytes than GREENROOM_MAX_ARTIFACT_BYTES allows), "l" (a symbolic link).',
    )
    const stopped = await run(`${WRITE}\nwhile True: pass`, { limits: { wallMs: 500 } })
    expect(stopped).toMatchObject({ state: 'timed_out', artifacts: [] })
    expect(stopped.artifactsNote).toBe('Nothing was handed out: the program did not end by itself.')
  })

  it('go with their run', async () => {
    const { id } = await run(WRITE)
    const { key } = await find(id, 'd/é.txt')
    await call(actors.broker, executions.remove, { id })
    await eventually(async () => expect(await actors.backends.streams.extents(key)).toEqual([]))
  })

  it.each(['/tmp', '../x', 'a//b', '-x', 'main.py', 'main.py/out', 'a\nb'])(
    'cannot be asked for in the folder %j',
    async (directory) => {
      const files = [{ path: 'main.py', content: '' }]
      const asked = { language: 'python', files, artifacts: { directory } }
      const refusal = expect.objectContaining({
        code: 422,
        data: [expect.objectContaining({ field: 'artifacts.directory' })],
      })
      await expect(call(actors.broker, executions.submit, asked)).rejects.toThrow(refusal)
    },
  )
})
