import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, openDatabase } from './database.ts'

/** A data file of a test's own. `reopen` is what a restart of the process does to it. */
export const scratch = () => {
  const directory = mkdtempSync(join(tmpdir(), 'greenroom-'))
  const file = join(directory, 'greenroom.db')
  let database: Database = openDatabase(file)
  return {
    directory,
    file,
    get database() {
      return database
    },
    async reopen() {
      await database.close()
      database = openDatabase(file)
      return database
    },
    async discard() {
      await database.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
