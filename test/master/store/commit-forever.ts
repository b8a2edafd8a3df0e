import { writeSync } from 'node:fs'
import { openStore } from '../../../master/store/open.ts'
import { delivered, newJob, newReport, newRun, runId } from './rows.ts'

/** Like `append-forever.ts`, with shared transactions for several reports. */
const SHARED = 5
const store = openStore(process.argv[2] ?? '', { now: () => Date.now() })
let number = 1
while (store.reports.get(runId(number)) !== undefined) number++
for (;;) {
  for (const last = number + SHARED; number < last; number++) {
    const own = number
    store.commits.add(
      () => {
        if (store.runs.get(runId(own)) === undefined) store.jobs.order(newJob(own), [newRun(store, own)])
        store.reports.save(delivered(newReport(own)))
      },
      result => {
        result()
        writeSync(1, `${own}\n`)
      },
    )
  }
  await store.commits.idle()
}
