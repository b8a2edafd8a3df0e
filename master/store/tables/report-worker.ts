import { parentPort } from 'node:worker_threads'
import { problemsOf } from '../../../protocol/errors.ts'
import { prepareReport } from './prepare-report.ts'

/** A thread of its own: prepares large reports, so that the event loop of the master does not wait for it. */
parentPort?.on('message', (bytes: Uint8Array) => {
  try {
    parentPort?.postMessage({ prepared: prepareReport(bytes) })
  } catch (thrown) {
    parentPort?.postMessage({ problem: problemsOf(thrown)[0] })
  }
})
