import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'

/** Faults that are told; one already means that the store has to be restored. */
const MOST = 5

/** A text, as a bundle has no file for a worker: opens the database and gives what SQLite finds. */
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
 * SQLite's own check of every page and index of a database: what is wrong, nothing when all is right. It reads the whole file,
 * in a thread of its own with a connection of its own, so that the master goes on meanwhile.
 */
export function checkIntegrity(path: string): Promise<readonly string[]> {
  const library = createRequire(import.meta.url).resolve('better-sqlite3')
  return new Promise((resolve, reject) => {
    const worker = new Worker(PROGRAM, { eval: true, workerData: { path, library, most: MOST } })
    worker.once('message', (found: readonly string[]) => resolve(found.filter(line => line !== 'ok')))
    worker.once('error', reject)
  })
}
