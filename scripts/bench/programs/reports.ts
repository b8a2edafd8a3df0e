import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { openStore } from '../../../master/store/open.ts'
import type { DeliveredReport } from '../../../master/store/tables/reports.ts'
import { delivered, newJob, newReport, newRun, result, runId } from '../../../test/master/store/rows.ts'
import { inTurns } from '../in-turns.ts'

/** What the parent passes as the only argument. */
export interface ReportsWork {
  readonly directory: string
  readonly reports: number
  readonly turns: number
}

/** What goes to stdout: seconds for each turn; each turn stores `reports / turns` of them. */
export interface ReportTimes {
  readonly stored: readonly number[]
  readonly floor: readonly number[]
}

const STATES = 100
const RUNS_A_JOB = 1000
/** Reports that are on the way at once, and those in one transaction of the floor. */
const GROUP = 100

const work = JSON.parse(process.argv[2] ?? '{}') as ReportsWork
mkdirSync(work.directory, { recursive: true })
const store = openStore(join(work.directory, 'store'), { now: Date.now })
for (let first = 0; first < work.reports; first += RUNS_A_JOB) {
  const count = Math.min(RUNS_A_JOB, work.reports - first)
  const runs = Array.from({ length: count }, (_, index) => newRun(store, first + index))
  store.jobs.order(newJob(first, { expiresAt: '9999-01-01T00:00:00Z' }), runs)
}
const results = Array.from({ length: STATES }, (_, index) => result(index % 20 === 0 ? 'changed' : 'unchanged', index))
const plain = new Sqlite(join(work.directory, 'plain.db'))
plain.pragma('journal_mode = WAL')
plain.pragma('synchronous = FULL')
plain.exec('CREATE TABLE reports (run TEXT PRIMARY KEY, bytes BLOB)')
const insert = plain.prepare('INSERT INTO reports VALUES (?, ?)')

const each = Math.max(1, Math.floor(work.reports / work.turns))
let saved = 0
let inserted = 0

type Act = (reports: readonly DeliveredReport[]) => void | Promise<void>

async function secondsOf(first: number, act: Act): Promise<number> {
  const reports = Array.from({ length: each }, (_, index) => delivered(newReport(first + index, { results })))
  const begun = performance.now()
  await act(reports)
  return (performance.now() - begun) / 1000
}

/** As the master stores what minions deliver, 100 at the same time. */
async function save(reports: readonly DeliveredReport[]): Promise<void> {
  for (const end = saved + each; saved < end; ) {
    for (const stop = Math.min(end, saved + GROUP); saved < stop; saved++) {
      const report = reports[saved % each] as DeliveredReport
      store.commits.add(
        () => store.reports.save(report),
        result => void result(),
      )
    }
    await store.commits.idle()
  }
}

function insertPlainly(reports: readonly DeliveredReport[]): void {
  for (const end = inserted + each; inserted < end; ) {
    plain.transaction(() => {
      for (const stop = Math.min(end, inserted + GROUP); inserted < stop; inserted++) {
        insert.run(runId(inserted), reports[inserted % each]?.bytes)
      }
    })()
  }
}

const times: ReportTimes = await inTurns(
  { ...work, warmUps: 0 },
  { stored: () => secondsOf(saved, save), floor: () => secondsOf(inserted, insertPlainly) },
)
for (let index = 0; index < saved; index++) {
  if (store.runs.get(runId(index))?.state !== 'done') throw new Error(`the report of run ${index} was lost`)
}
plain.close()
store.close()
process.stdout.write(JSON.stringify(times))
