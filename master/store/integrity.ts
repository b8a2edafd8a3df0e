import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'

/** Maximum number of reported faults; a single one already means that the store must be restored. */
const MOST = 5

/** Source text, because a bundle has no file for a worker: opens the database and returns what SQLite finds. */
const PROGRAM = `const { parentPort, workerData } = require('node:worker_threads')
const Sqlite = require(workerData.library)
let found
try {
  const sqlite = new Sqlite(workerData.path, { readonly: true, fileMustExist: true, timeout: 5000 })
  found = sqlite.pragma('integrity_check(' + workerData.most + ')').map(row => row.integrity_check)
  sqlite.close()
} catch (thrown) {
  found = [thrown.message]
}
parentPort.postMessage(found)`

/**
 * Runs SQLite's own check of every page and index of a database; returns the faults, none if it is intact. It reads the whole
 * file, in a separate thread with its own connection, so that the master can continue meanwhile.
 */
export function checkIntegrity(path: string): Promise<readonly string[]> {
  const library = createRequire(import.meta.url).resolve('better-sqlite3')
  return new Promise((resolve, reject) => {
    const worker = new Worker(PROGRAM, { eval: true, workerData: { path, library, most: MOST } })
    worker.once('message', (found: readonly string[]) => resolve(found.filter(line => line !== 'ok')))
    worker.once('error', reject)
  })
}
