import { writeSync } from 'node:fs'
import { openStore } from '../../../master/store/open.ts'
import { delivered, newJob, newReport, newRun, runId } from './rows.ts'

/** A master that stores jobs and reports until it is killed, and prints what it has committed. */
const store = openStore(process.argv[2] ?? '', { now: () => Date.now() })
let number = 1
while (store.reports.get(runId(number)) !== undefined) number++
for (; ; number++) {
  store.jobs.order(newJob(number), [newRun(store, number)])
  store.runs.send(runId(number))
  store.runs.start(runId(number), 3)
  store.reports.save(delivered(newReport(number)))
  writeSync(1, `${number}\n`)
}
