import { AppError } from '../../protocol/errors.ts'
import type { JobId, MinionId, RunId, Sha256, StateKey } from '../../protocol/ids.ts'
import type { JsonObject } from '../../protocol/json.ts'
import type { Observations } from '../../protocol/observations.ts'
import type { Report, StateOutcome } from '../../protocol/report.ts'
import { decodeReport } from '../../protocol/report-codec.ts'
import { type Blobs, jsonBlob } from './blobs.ts'
import type { Db } from './database.ts'
import { shortProblem } from './events.ts'
import type { Log } from './ports.ts'
import { saveExports } from './reported-exports.ts'

/** A report as a minion delivered it. Whoever hands it in has verified the signature. */
export interface DeliveredReport {
  /** Of the session, never of a message. */
  readonly minion: MinionId
  readonly run: RunId
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
}

export interface SavedReport {
  readonly job: JobId
  readonly report: Report
  /** False: it was stored before; the first one stays. */
  readonly fresh: boolean
}

/** One state of a report that is not `unchanged`. */
export interface Result {
  readonly run: RunId
  /** Its place in the report. */
  readonly position: number
  readonly key: StateKey
  readonly outcome: StateOutcome
  /** The rest of the StateResult; `hasDiff` instead of the diff. */
  readonly summary: JsonObject
}

export interface Reports {
  /**
   * When it returns, the report is on disk and may be acknowledged. Makes job and run when the minion began it itself.
   * REPORT_REFUSED: no report, another run's or minion's; STORE_FULL: nothing was stored, do not acknowledge.
   */
  save(delivered: DeliveredReport): SavedReport
  /** The whole report of a run, diffs included. */
  get(run: RunId): Report | undefined
  /** What each report says of the states that were not `unchanged`, without unpacking it. */
  results(run: RunId): readonly Result[]
  /** What a minion last told of its host. */
  observed(minion: MinionId): Observations | undefined
}

interface ReportsDeps {
  readonly db: Db
  readonly log: Log
  readonly blobs: Blobs
}

export function createReports(deps: ReportsDeps): Reports {
  const { db, blobs } = deps
  return {
    save: delivered => {
      const report = decodeReport(delivered.bytes)
      return db.atomically(() => save(deps, delivered, report))
    },
    get: run => {
      const row = db.one<{ report: Sha256 | null }>('SELECT report FROM runs WHERE id = ?', run)
      return row === undefined || row.report === null ? undefined : jsonBlob<Report>(blobs, row.report)
    },
    results: run =>
      db
        .all<Omit<Result, 'summary'> & { summary: string }>(
          'SELECT * FROM results WHERE run = ? ORDER BY position',
          run,
        )
        .map(row => ({ ...row, summary: JSON.parse(row.summary) as JsonObject })),
    observed: minion => {
      const row = db.one<{ value: string }>('SELECT value FROM observations WHERE minion = ?', minion)
      return row === undefined ? undefined : (JSON.parse(row.value) as Observations)
    },
  }
}

interface KnownRun {
  readonly job: JobId
  readonly minion: MinionId
  readonly report: Sha256 | null
}

function save(deps: ReportsDeps, { minion, run, bytes, signature }: DeliveredReport, report: Report): SavedReport {
  const { db, log, blobs } = deps
  if (report.run !== run) refuse(`the report is of \`${report.run}\`, it was announced as \`${run}\``)
  if (report.minion !== minion) refuse(`the report is of \`${report.minion}\`, \`${minion}\` delivered it`)
  const known = db.one<KnownRun>('SELECT job, minion, report FROM runs WHERE id = ?', run)
  if (known !== undefined && known.minion !== minion) refuse(`\`${run}\` belongs to another minion than \`${minion}\``)
  if (known !== undefined && known.report !== null) {
    return { job: known.job, report: jsonBlob<Report>(blobs, known.report), fresh: false }
  }
  const job = known?.job ?? beginUnknownRun(deps, report)
  log.append(
    {
      type: 'report-stored',
      run,
      minion,
      report: blobs.put(bytes).sha256,
      signature: Buffer.from(signature).toString('base64'),
      state: report.state,
      counts: report.counts,
      ...(report.problem === undefined ? {} : { problem: shortProblem(report.problem) }),
    },
    { idempotencyKey: `report-stored/${run}` },
  )
  saveExports(deps, minion, report)
  return { job, report, fresh: true }
}

/**
 * A run that the minion began itself (boot from the cached catalog, local), or one that this master forgot because it was
 * restored from a backup. A job that is known has all its runs, so a new run cannot be slipped into it.
 */
function beginUnknownRun({ db, log }: ReportsDeps, report: Report): JobId {
  const job = report.job ?? (`job-${report.run.slice('run-'.length)}` as JobId)
  if (db.one('SELECT 1 FROM jobs WHERE id = ?', job) !== undefined) {
    refuse(`\`${job}\` has no run \`${report.run}\``)
  }
  log.append({
    type: 'job-ordered',
    job,
    verb: report.test ? 'test' : 'apply',
    origin: report.origin,
    target: report.minion,
    operator: `minion ${report.minion}`,
    options: {},
    expiresAt: report.finishedAt,
  })
  log.append({
    type: 'run-queued',
    run: report.run,
    job,
    minion: report.minion,
    catalog: report.catalog,
    generation: report.generation,
    wave: 0,
    ...(report.origin === 'boot' ? { bootId: report.bootId } : {}),
  })
  return job
}

function refuse(message: string): never {
  throw new AppError({ code: 'REPORT_REFUSED', message, hint: 'See `master events` for what this minion did before.' })
}
