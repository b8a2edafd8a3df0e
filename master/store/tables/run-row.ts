import type { Problem } from '../../../protocol/errors.ts'
import type { JobId, MinionId, RunId, Sha256 } from '../../../protocol/ids.ts'
import type { OutcomeCounts, RunState } from '../../../protocol/report.ts'
import { storedJson } from '../stored-json.ts'

/** One minion's part of a job. */
export interface Run {
  readonly id: RunId
  readonly job: JobId
  readonly minion: MinionId
  readonly state: RunState
  readonly catalog: Sha256
  readonly box?: Sha256
  readonly generation: number
  readonly wave: number
  readonly bootId?: string
  readonly notBefore?: string
  /** Sequence of the last order signed for it. */
  readonly sequence?: number
  /** Number of states that the minion reported for it. */
  readonly states?: number
  readonly queuedAt: string
  readonly sentAt?: string
  readonly acceptedAt?: string
  readonly runningAt?: string
  readonly finishedAt?: string
  readonly cancelOrderedAt?: string
  readonly report?: Sha256
  readonly counts?: OutcomeCounts
  readonly problem?: Problem
  /** The job whose content superseded this run before the minion started it. */
  readonly supersededBy?: JobId
}

/** A row of the table `runs`. */
export interface RunRow {
  readonly id: RunId
  readonly job: JobId
  readonly minion: MinionId
  readonly state: RunState
  readonly catalog: Sha256
  readonly box: Sha256 | null
  readonly generation: number
  readonly wave: number
  readonly boot_id: string | null
  readonly not_before: string | null
  readonly sequence: number | null
  readonly states: number | null
  readonly queued_at: string
  readonly sent_at: string | null
  readonly accepted_at: string | null
  readonly running_at: string | null
  readonly finished_at: string | null
  readonly cancel_ordered_at: string | null
  readonly report: Sha256 | null
  readonly counts: string | null
  readonly problem: string | null
  readonly superseded_by: JobId | null
}

/** Converts a row of the table into a run. Pure. */
export function runOf(row: RunRow): Run {
  return {
    id: row.id,
    job: row.job,
    minion: row.minion,
    state: row.state,
    catalog: row.catalog,
    ...(row.box === null ? {} : { box: row.box }),
    generation: row.generation,
    wave: row.wave,
    ...(row.boot_id === null ? {} : { bootId: row.boot_id }),
    ...(row.not_before === null ? {} : { notBefore: row.not_before }),
    ...(row.sequence === null ? {} : { sequence: row.sequence }),
    ...(row.states === null ? {} : { states: row.states }),
    queuedAt: row.queued_at,
    ...(row.sent_at === null ? {} : { sentAt: row.sent_at }),
    ...(row.accepted_at === null ? {} : { acceptedAt: row.accepted_at }),
    ...(row.running_at === null ? {} : { runningAt: row.running_at }),
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at }),
    ...(row.cancel_ordered_at === null ? {} : { cancelOrderedAt: row.cancel_ordered_at }),
    ...(row.report === null ? {} : { report: row.report }),
    ...(row.counts === null ? {} : { counts: storedJson<OutcomeCounts>(row.counts, 'runs.counts') }),
    ...(row.problem === null ? {} : { problem: storedJson<Problem>(row.problem, 'runs.problem') }),
    ...(row.superseded_by === null ? {} : { supersededBy: row.superseded_by }),
  }
}
