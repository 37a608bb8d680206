import { draftFrom, draftOf, envFault, isDraft, pathFault, submissionOf, TYPING_WALL_MS, unattended } from './draft.ts'

const example = { language: 'python', files: [{ path: 'main.py', content: 'print(1)' }] }

describe('a draft', () => {
  it('submits nothing that was left at its default, with stdin open and time to type', () => {
    expect(submissionOf(draftOf(example))).toEqual({
      language: 'python',
      files: example.files,
      entry: 'main.py',
      interactive: true,
      limits: { wallMs: TYPING_WALL_MS },
    })
    expect(draftFrom(submissionOf(draftOf(example)), 'main.py')).toEqual(draftOf(example))
  })

  it('gives no more time to type than there may be, and none that was chosen', () => {
    expect(submissionOf(draftOf(example), 1000).limits).toEqual({ wallMs: 1000 })
    expect(submissionOf({ ...draftOf(example), limits: { wallMs: 50 } }).limits).toEqual({ wallMs: 50 })
    expect(unattended(submissionOf(draftOf(example))).interactive).toBeUndefined()
  })

  it('comes back from the submission it made', () => {
    const draft = {
      ...draftOf({ ...example, stdin: 'in', args: ['a b', 'c'] }),
      env: 'A=1\nB=x=y',
      limits: { wallMs: 100 },
      version: '3.11',
      artifacts: 'out',
    }
    const submission = submissionOf(draft)
    expect(submission).toMatchObject({
      args: ['a b', 'c'],
      env: { A: '1', B: 'x=y' },
      stdin: 'in',
      limits: { wallMs: 100 },
      artifacts: { directory: 'out' },
    })
    expect(submission.interactive).toBeUndefined()
    expect(draftFrom(submission, 'main.py')).toEqual(draft)
  })

  it('comes from a single source too', () => {
    const draft = draftFrom(
      { language: 'bash', source: 'echo', stdin: { content: 'aGk=', encoding: 'base64' } },
      'main.sh',
    )
    expect(draft).toMatchObject({ files: [{ path: 'main.sh', content: 'echo' }], entry: 'main.sh', stdin: 'hi' })
  })

  it('is not whatever lies in the storage', () => {
    expect([isDraft(null), isDraft({ language: 'x' }), isDraft({ ...draftOf(example), files: [] })]).toEqual([
      false,
      false,
      false,
    ])
    expect(isDraft(draftOf(example))).toBe(true)
  })
})

describe('what was typed wrong is told', () => {
  it('in the environment, with its line', () => {
    expect(envFault('A=1\n\n B_2 = x')).toBeNull()
    expect(envFault('A=1\nno')).toMatch(/^Line 2 must read NAME=value/)
  })

  it('in the name of a file', () => {
    expect(pathFault('lib/a.py', ['b.py'])).toBeNull()
    for (const path of ['', 'b.py', '/etc/x', '../x', 'a//b', './x', 'a\\b'])
      expect(pathFault(path, ['b.py'])).not.toBeNull()
  })
})
