import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../master/store/open.ts'
import { delivered, newJob, newReport, newRun, result, runId } from '../../test/master/store/rows.ts'
import { type Finding, round, timeOf } from './measure.ts'

const REPORTS = 10_000
const RUNS_A_JOB = 1000

/** Stores 10,000 reports of 100 states, each in its own commit, as they arrive from minions. */
export async function benchReports(): Promise<readonly Finding[]> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-bench-'))
  const store = openStore(directory, { now: Date.now })
  try {
    for (let job = 0; job < REPORTS / RUNS_A_JOB; job++) {
      const runs = Array.from({ length: RUNS_A_JOB }, (_, index) => newRun(store, job * RUNS_A_JOB + index))
      store.jobs.order(newJob(job, { expiresAt: '9999-01-01T00:00:00Z' }), runs)
    }
    const results = Array.from({ length: 100 }, (_, index) => result(index % 20 === 0 ? 'changed' : 'unchanged', index))
    const ms = await timeOf(async () => {
      for (let index = 0; index < REPORTS; index++) store.reports.save(delivered(newReport(index, { results })))
    })
    const stored = Array.from({ length: REPORTS }, (_, index) => store.runs.get(runId(index))?.state)
    const lost = stored.filter(state => state !== 'done').length
    return [
      {
        what: '10,000 reports of 100 states stored, one commit each',
        measured: `${round(ms / 1000)} s, ${lost} lost`,
        budget: '20 s, none lost',
        ok: ms < 20_000 && lost === 0,
      },
    ]
  } finally {
    store.close()
    await rm(directory, { recursive: true })
  }
}
