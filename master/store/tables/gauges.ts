import type { MinionId } from '../../../protocol/ids.ts'
import type { OutcomeCounts, RunState } from '../../../protocol/report.ts'
import type { Db } from '../database.ts'
import type { JobVerb } from '../log/events.ts'
import { storedJson } from '../stored-json.ts'

/** Metrics of the store, for monitoring the master. They read every run: call it for nothing else. */
export interface StoreGauges {
  /** The newest finished run of each minion and verb. */
  readonly lastRuns: readonly LastRun[]
  /** Finished runs since the first one, by verb and final state. */
  readonly finished: readonly { readonly verb: JobVerb; readonly state: RunState; readonly runs: number }[]
  /** The newest compliance result of each recently checked target; at most twenty. */
  readonly judgements: readonly LastJudgement[]
}

interface LastJudgement {
  readonly target: string
  readonly at: string
  readonly score: number
  readonly findings: number
}

export interface LastRun {
  readonly minion: MinionId
  readonly verb: JobVerb
  readonly state: RunState
  readonly finishedAt: string
  /** Absent: it ended without a report. */
  readonly counts?: OutcomeCounts
}

// SQLite takes bare columns from the row with the max(): https://sqlite.org/lang_select.html#bareagg
const LAST_RUNS = `SELECT runs.minion, jobs.verb, runs.state, runs.counts, max(runs.finished_at) AS finishedAt
  FROM runs JOIN jobs ON jobs.id = runs.job WHERE runs.finished_at IS NOT NULL
  GROUP BY runs.minion, jobs.verb ORDER BY runs.minion, jobs.verb`
const FINISHED = `SELECT jobs.verb, runs.state, count(*) AS runs FROM runs JOIN jobs ON jobs.id = runs.job
  WHERE runs.finished_at IS NOT NULL GROUP BY jobs.verb, runs.state ORDER BY jobs.verb, runs.state`
// Callers choose the text of the target: a limit keeps the metrics small.
const JUDGEMENTS = `SELECT target, score, findings, max(at) AS at FROM compliance
  GROUP BY target ORDER BY max(at) DESC LIMIT 20`

export function storeGauges(db: Db): StoreGauges {
  return {
    lastRuns: db
      .all<Omit<LastRun, 'counts'> & { readonly counts: string | null }>(LAST_RUNS)
      .map(({ counts, ...run }) => ({
        ...run,
        ...(counts === null ? {} : { counts: storedJson<OutcomeCounts>(counts, 'runs.counts') }),
      })),
    finished: db.all(FINISHED),
    judgements: db.all(JUDGEMENTS),
  }
}
