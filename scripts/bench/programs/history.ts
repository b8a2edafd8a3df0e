import { openStore } from '../../../master/store/open.ts'
import { sha256Of } from '../../../protocol/catalog.ts'
import type { MinionId } from '../../../protocol/ids.ts'
import { delivered, newJob, newReport, result, runId } from '../../../test/master/store/rows.ts'

// Adds runs that ended to the store of a master that does not run: from the number of the second argument up to that of the third.
const [directory = '', from = '0', to = '0'] = process.argv.slice(2)
const RUNS_A_JOB = 1000
const MINIONS = 1000

const store = openStore(directory, { now: Date.now })
const catalog = store.blobs.put(new TextEncoder().encode('a catalog')).sha256
const results = [result('unchanged', 0)]
for (let first = Number(from); first < Number(to); first += RUNS_A_JOB) {
  const numbers = Array.from({ length: Math.min(RUNS_A_JOB, Number(to) - first) }, (_, index) => first + index)
  store.together(() => {
    const minionOf = (number: number): MinionId => `h${number % MINIONS}` as MinionId
    store.jobs.order(
      newJob(first, { expiresAt: '9999-01-01T00:00:00Z' }),
      numbers.map(number => ({ id: runId(number), minion: minionOf(number), catalog })),
    )
    for (const number of numbers) {
      const job = newJob(first).id
      const own = { job, minion: minionOf(number), catalog: sha256Of('a catalog'), results }
      store.reports.save(delivered(newReport(number, own)))
    }
  })
}
store.close()
