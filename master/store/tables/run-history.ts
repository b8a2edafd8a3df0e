import type { MinionId, RunId, StateKey } from '../../../protocol/ids.ts'
import type { OutcomeCounts, RunState } from '../../../protocol/report.ts'
import type { Db } from '../database.ts'
import type { JobVerb } from '../log/events.ts'
import { storedJson } from '../stored-json.ts'

/** What a run found wrong, read from the results without unpacking any report. */
interface PastRun {
  readonly run: RunId
  readonly at: string
  readonly verb: JobVerb
  /** States that would have changed, failed, or could not be reached. */
  readonly wrong: ReadonlySet<StateKey>
}

export interface RunHistory {
  /** Returns the applies and tests of a minion that have a report, newest first. */
  of(minion: MinionId, limit: number): readonly PastRun[]
  /** Returns the newest run of this verb that has a report. */
  last(minion: MinionId, verb: JobVerb): RunId | undefined
  /** Returns the newest finished run of any verb, also one without a report. */
  lastFinished(minion: MinionId): RunId | undefined
  /** The newest apply or test that reported. */
  lastReported(minion: MinionId): ReportedRun | undefined
}

/** What the report of a run said, in numbers. */
export interface ReportedRun {
  readonly run: RunId
  readonly verb: JobVerb
  readonly state: RunState
  readonly at: string
  readonly counts: OutcomeCounts
}

const REPORTED = `FROM runs JOIN jobs ON jobs.id = runs.job WHERE runs.minion = ? AND runs.report IS NOT NULL`
/** Condition in SQL for the jobs that look at a whole catalog; a job about orphans looks at nothing else. */
export const IS_WHOLE = `jobs.verb IN ('apply', 'test')`
const WHOLE = `${REPORTED} AND ${IS_WHOLE}`
const WRONG = `('would-change', 'may-change', 'failed', 'blocked', 'reverted', 'interrupted')`

interface Row {
  readonly run: RunId
  readonly at: string
  readonly verb: JobVerb
  readonly key: StateKey | null
}

export function createRunHistory(db: Db): RunHistory {
  return {
    of: (minion, limit) => {
      const rows = db.all<Row>(
        `SELECT past.run, past.at, past.verb, results.key FROM
          (SELECT runs.id AS run, runs.finished_at AS at, jobs.verb ${WHOLE}
            ORDER BY runs.finished_at DESC, runs.id DESC LIMIT ?) AS past
          LEFT JOIN results ON results.run = past.run AND results.outcome IN ${WRONG}
          ORDER BY past.at DESC, past.run DESC`,
        minion,
        limit,
      )
      return [...Map.groupBy(rows, ({ run }) => run)].flatMap(([run, of]) => {
        const [first] = of
        return first === undefined
          ? []
          : [{ run, at: first.at, verb: first.verb, wrong: new Set(of.flatMap(({ key }) => key ?? [])) }]
      })
    },
    last: (minion, verb) =>
      db.one<{ id: RunId }>(
        `SELECT runs.id ${REPORTED} AND jobs.verb = ? ORDER BY runs.finished_at DESC, runs.id DESC LIMIT 1`,
        minion,
        verb,
      )?.id,
    lastFinished: minion =>
      db.one<{ id: RunId }>(
        `SELECT id FROM runs WHERE minion = ? AND finished_at IS NOT NULL ORDER BY finished_at DESC, id DESC LIMIT 1`,
        minion,
      )?.id,
    lastReported: minion => {
      const row = db.one<Omit<ReportedRun, 'counts'> & { readonly counts: string | null }>(
        // With the condition of the index `runs_finished`, which has the order too: no run but the newest is read.
        `SELECT runs.id AS run, jobs.verb, runs.state, runs.finished_at AS at, runs.counts ${WHOLE}
          AND runs.finished_at IS NOT NULL ORDER BY runs.finished_at DESC, runs.id DESC LIMIT 1`,
        minion,
      )
      if (row === undefined) return undefined
      return { ...row, counts: row.counts === null ? {} : storedJson<OutcomeCounts>(row.counts, 'runs.counts') }
    },
  }
}
