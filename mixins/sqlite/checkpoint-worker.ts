import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

/** Moves the write-ahead log into the data file whenever it is asked to, on a thread and a connection of its own. */
const db = new DatabaseSync(workerData.file)
const checkpoint = db.prepare('pragma wal_checkpoint(passive)')

parentPort?.on('message', (request: 'checkpoint' | 'close') => {
  if (request === 'close') {
    db.close()
    parentPort?.close()
    return
  }
  try {
    checkpoint.get()
  } catch {
    // The log keeps everything, and the next request tries again; who writes hears of a full or failing disk.
  }
  parentPort?.postMessage('done')
})
