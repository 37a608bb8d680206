import type { Row } from './row.ts'

/** Programs in TypeScript by which an interpreter that was up already could tell itself from one that was not. */
export const typescript: Row[] = [
  [
    'types, enums and parameter properties',
    {
      source: 'enum A { X = 2 }\nclass B { constructor(public y: number) {} }\nconsole.log(A.X, new B(3).y as number)',
    },
  ],
  ['a thrown error', { source: 'const f = (x: number): never => { throw new TypeError("no" + x) }\n\nf(1)' }],
  [
    'other files',
    { files: { 'main.ts': 'import { x } from "./a.ts"\nconsole.log(x)', 'a.ts': 'export const x: number = 1' } },
  ],
]
