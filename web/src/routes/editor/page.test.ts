import { bodyOf, PageWorld } from '../../../test/page-world.ts'

const limits = { wallMs: 10_000, cpuMs: 1, memoryBytes: 1, processes: 1, outputBytes: 1, diskBytes: 1 }
const runtime = (language: string, fileName: string) => ({
  language,
  title: language,
  version: '1',
  fileName,
  limits,
  maxima: { ...limits, wallMs: 60_000 },
})
const example = {
  language: 'python',
  title: 'Hello',
  files: [{ path: 'hello.py', content: 'print(1)' }],
  stdin: '',
  args: [],
}
const REFUSAL = {
  status: 422,
  detail: 'Refused.',
  errors: [{ field: 'limits.memoryBytes', message: 'limits.memoryBytes: too much' }],
}

describe('the page of the editor', () => {
  let world: PageWorld | undefined
  let submitted: Record<string, unknown> = {}

  beforeEach(async () => {
    world = await PageWorld.serve(async (request, response) => {
      if (request.method === 'POST') {
        submitted = await bodyOf(request)
        return response.writeHead(422).end(JSON.stringify(REFUSAL))
      }
      const found = {
        '/api/v1/runtimes': [runtime('bash', 'main.sh'), runtime('python', 'main.py')],
        '/api/v1/examples': [example],
        '/api/v1/executions/linked/program': {
          language: 'bash',
          files: [{ path: 'x.sh', content: 'true' }],
          entry: 'x.sh',
        },
      }[request.url ?? '']
      response.writeHead(found ? 200 : 404).end(JSON.stringify(found ?? { detail: 'There is no such run.' }))
    })
  })
  afterEach(() => world?.leave())

  const open = async (run: string | null = null) => {
    const { EditorPage } = await import('./page.svelte.ts')
    const page = new EditorPage()
    await page.open(run)
    return page
  }

  it('begins with the first example', async () => {
    const page = await open()
    expect([page.draft?.language, page.path, page.file?.content]).toEqual(['python', 'hello.py', 'print(1)'])
  })

  it('keeps a draft of every language', async () => {
    const page = await open()
    page.edit('# mine')
    page.choose('bash')
    expect(page.paths).toEqual(['main.sh'])
    page.choose('python')
    expect(page.file?.content).toBe('# mine')
    expect((await open()).file?.content).toBe('# mine')
  })

  it('submits with time to type, and opens what was refused', async () => {
    const page = await open()
    page.change({ limits: { memoryBytes: 5 } })
    expect(await page.run()).toBeNull()
    expect(submitted).toMatchObject({ interactive: true, limits: { wallMs: 60_000, memoryBytes: 5 } })
    expect([page.panel, page.problem?.message, page.submitting]).toEqual(['limits', 'Refused.', false])
  })

  it('does not submit what it knows to be wrong', async () => {
    const page = await open()
    submitted = {}
    page.change({ env: 'no equals sign' })
    expect([await page.run(), page.panel, submitted]).toEqual([null, 'env', {}])
    page.change({ env: '', artifacts: '../out' })
    expect([await page.run(), page.panel, submitted]).toEqual([null, 'artifacts', {}])
    page.change({ artifacts: 'out' })
    await page.run()
    expect(submitted).toMatchObject({ artifacts: { directory: 'out' } })
  })

  it('opens the program of a linked run, and keeps what was written before', async () => {
    const first = await open()
    first.edit('# mine')
    first.save()
    const page = await open('linked')
    expect([page.draft?.language, page.path, page.kept?.files[0]?.content]).toEqual(['bash', 'x.sh', '# mine'])
    page.bringBack()
    expect([page.file?.content, page.kept]).toEqual(['# mine', null])
  })
})
