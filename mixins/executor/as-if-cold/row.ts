import type { Case } from '../lab.ts'

export type Row = [title: string, what: Case]
