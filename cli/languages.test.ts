import { chooseLanguage } from './languages.ts'
import type { Runtime } from './wire.ts'

const runtime = (language: string, version: string, fileName: string, aliases: string[]): Runtime => ({
  language,
  version,
  fileName,
  aliases,
  compiled: false,
  warm: false,
})
const runtimes = [
  runtime('python', '3.13.1', 'main.py', ['py', 'python3']),
  runtime('python', '3.11.2', 'main.py', ['py', 'python3']),
  runtime('javascript', '24.21.0', 'main.js', ['js', 'node', 'mjs']),
  runtime('bash', '5.2', 'main.sh', ['sh']),
]
const choose = (name: string, head = '', asked = {}) => chooseLanguage(runtimes, asked, { name, head })

describe('the language of a program', () => {
  it('is told by the extension, or by one that a language is also called by', () => {
    expect(choose('a/b.py')).toEqual({ language: 'python', fileName: 'main.py' })
    expect(choose('B.PY').language).toBe('python')
    expect(choose('x.mjs').language).toBe('javascript')
  })

  it('is told by the first line where the name has no extension', () => {
    expect(choose('script', '#!/usr/bin/env python3').language).toBe('python')
    expect(choose('script', '#! /bin/bash -e').language).toBe('bash')
    expect(choose('script', '#!/usr/bin/python3.11').language).toBe('python')
  })

  it('is what was asked for, with its version', () => {
    expect(choose('x.txt', '', { language: 'PY' })).toEqual({ language: 'python', fileName: 'main.py' })
    expect(choose('x.py', '', { language: 'node' }).language).toBe('javascript')
    expect(choose('x', '', { language: 'python@3.11' })).toMatchObject({ language: 'python', version: '3.11' })
    expect(choose('x.py', '', { version: '3.11' })).toMatchObject({ language: 'python', version: '3.11' })
  })

  it('is asked for when it cannot be told', () => {
    expect(() => choose('notes.txt')).toThrow(
      'The language of notes.txt cannot be told (known are .py, .js, .sh); name it: --language python',
    )
    expect(() => choose('x', '', { language: 'pyhton' })).toThrow('does not run pyhton; did you mean python?')
    expect(() => choose('x', '', { language: 'cobol' })).toThrow('only python, javascript, bash.')
  })
})
