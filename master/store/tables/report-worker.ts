import { parentPort } from 'node:worker_threads'
import { problemsOf } from '../../../protocol/errors.ts'
import { prepareReport } from './prepare-report.ts'

/** A worker thread that prepares large reports, so that they do not block the event loop of the master. */
parentPort?.on('message', (bytes: Uint8Array) => {
  try {
    parentPort?.postMessage({ prepared: prepareReport(bytes) })
  } catch (thrown) {
    parentPort?.postMessage({ problem: problemsOf(thrown)[0] })
  }
})
