import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Example } from '../mixins/settings.ts'
import { languages } from './languages.ts'

type Row = { file: string; title: string; stdin?: string; args?: string[] }

const RHYME =
  'Whose woods these are I think I know.\nHis house is in the village though;\nHe will not see me stopping here\nTo watch his woods fill up with snow.\n'

const rows: Record<string, Row[]> = {
  python: [
    { file: 'hello.py', title: 'Hello' },
    { file: 'word-count.py', title: 'Count words', stdin: RHYME, args: ['4'] },
    { file: 'primes.py', title: 'Primes' },
    { file: 'countdown.py', title: 'Countdown, live' },
  ],
  javascript: [
    { file: 'hello.js', title: 'Hello' },
    { file: 'sum.js', title: 'Sum of numbers', stdin: '3 1 4 1 5 9 2 6\n' },
    { file: 'colours.js', title: 'Colours' },
  ],
  typescript: [
    { file: 'hello.ts', title: 'Hello' },
    { file: 'shapes.ts', title: 'Shapes' },
    { file: 'todo.ts', title: 'To do', stdin: 'write the program\nx open the editor\nrun it\n' },
  ],
  ruby: [
    { file: 'hello.rb', title: 'Hello' },
    {
      file: 'table.rb',
      title: 'Table from JSON',
      stdin: '[{"name":"Ada","age":36},{"name":"Grace","age":85},{"name":"Linus","age":54}]\n',
    },
    { file: 'life.rb', title: 'Game of life' },
  ],
  go: [
    { file: 'hello.go', title: 'Hello' },
    { file: 'upper.go', title: 'Shout', stdin: RHYME },
    { file: 'workers.go', title: 'Workers and channels' },
  ],
  bash: [
    { file: 'hello.sh', title: 'Hello' },
    { file: 'longest.sh', title: 'Longest line', stdin: RHYME },
    { file: 'colours.sh', title: 'Colours' },
  ],
  c: [
    { file: 'hello.c', title: 'Hello' },
    { file: 'frequencies.c', title: 'Count letters', stdin: RHYME, args: ['30'] },
    { file: 'mandelbrot.c', title: 'Mandelbrot' },
  ],
  cpp: [
    { file: 'hello.cpp', title: 'Hello' },
    { file: 'word-lengths.cpp', title: 'Words by length', stdin: RHYME, args: ['4'] },
    { file: 'queens.cpp', title: 'Eight queens' },
  ],
  java: [
    { file: 'Hello.java', title: 'Hello' },
    { file: 'Statistics.java', title: 'Statistics', stdin: '20.5 19.8 23.1 25.4 18.2 0\n', args: ['degrees'] },
    { file: 'Maze.java', title: 'Maze' },
  ],
  rust: [
    { file: 'hello.rs', title: 'Hello' },
    { file: 'sort-lines.rs', title: 'Sort lines', stdin: RHYME, args: ['--reverse'] },
    { file: 'threads.rs', title: 'Collatz by threads' },
  ],
  php: [
    { file: 'hello.php', title: 'Hello' },
    { file: 'invoice.php', title: 'Invoice', stdin: '3 pencils 0.45\n1 notebook 2.90\n12 clips 0.05\n', args: ['19'] },
    { file: 'sierpinski.php', title: 'Sierpinski' },
  ],
  perl: [
    { file: 'hello.pl', title: 'Hello' },
    { file: 'words.pl', title: 'Frequent words', stdin: RHYME, args: ['4'] },
    { file: 'triangle.pl', title: "Pascal's triangle" },
  ],
  lua: [
    { file: 'hello.lua', title: 'Hello' },
    { file: 'calculator.lua', title: 'Calculator', stdin: '2 * (3 + 4)\nsqrt(2) / pi\n1 / nothing\n', args: ['3'] },
    { file: 'hanoi.lua', title: 'Towers of Hanoi' },
  ],
}

const exampleOf = (language: string, { file, title, stdin = '', args = [] }: Row): Example => {
  const content = readFileSync(new URL(`./examples/${language}/${file}`, import.meta.url), 'utf8')
  return { language, title, files: [{ path: basename(file), content }], stdin, args }
}

/** A few programs of every language, each of which runs as it is. */
export const examples: Example[] = languages.flatMap(({ id }) => (rows[id] ?? []).map((row) => exampleOf(id, row)))
