import { AppError } from '../../../protocol/errors.ts'
import type { JobId, MinionId, RunId, Sha256, StateKey } from '../../../protocol/ids.ts'
import type { JsonObject } from '../../../protocol/json.ts'
import type { Observations } from '../../../protocol/observations.ts'
import type { StateOutcome } from '../../../protocol/outcomes.ts'
import type { Report } from '../../../protocol/report.ts'
import { type Blobs, jsonBlob } from '../blobs.ts'
import type { Catalogs } from '../catalogs.ts'
import type { Db } from '../database.ts'
import { type EventOf, type JobVerb, shortProblem } from '../log/events.ts'
import type { Projector } from '../log/projector.ts'
import type { Log } from '../ports.ts'
import { storedJson } from '../stored-json.ts'
import { type PreparedReport, prepareReport } from './prepare-report.ts'
import type { ReportFactsSource } from './report-facts.ts'
import { saveExports } from './reported-exports.ts'

/** Results that are not `unchanged`, the first 1,000 of each report, without diffs: those are in the body of the report. */
export const RESULTS: Projector = {
  view: 'results',
  apply: ({ db, reports }, { event }) => {
    if (event.type !== 'report-stored') return
    const run = db.one<{ report: string | null }>('SELECT report FROM runs WHERE id = ?', event.run)
    if (run === undefined || run.report !== null) return
    for (const { position, key, outcome, summary } of reports.of(event.report).rows) {
      const insert = 'INSERT INTO results (run, position, key, outcome, summary) VALUES (?, ?, ?, ?, ?)'
      db.run(insert, event.run, position, key, outcome, summary)
    }
  },
}

/** A report as a minion delivered it. The caller has verified the signature. */
export interface DeliveredReport {
  /** From the session, never from a message. */
  readonly minion: MinionId
  readonly run: RunId
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
  /** The result of `prepareReport` for these bytes, if it already ran. */
  readonly prepared?: PreparedReport
}

interface SavedReport {
  readonly job: JobId
  readonly report: Report
  /** False: it was already stored; the first one stays. */
  readonly fresh: boolean
}

/** One result of a report that is not `unchanged`. */
interface Result {
  readonly run: RunId
  /** Position in the report. */
  readonly position: number
  readonly key: StateKey
  readonly outcome: StateOutcome
  /** The rest of the StateResult, with `hasDiff` instead of the diff. */
  readonly summary: JsonObject
}

export interface Reports {
  /**
   * Stores a report. When this returns, the report is on disk and may be acknowledged. Creates job and run when the minion
   * started the run itself. Throws REPORT_REFUSED when it is not a report, or one of another run or minion, and STORE_FULL when
   * nothing was stored and it must not be acknowledged.
   */
  save(delivered: DeliveredReport): SavedReport
  /** Returns the whole report of a run, including diffs. */
  get(run: RunId): Report | undefined
  /** Returns the results that were not `unchanged`, without unpacking the report. */
  results(run: RunId): readonly Result[]
  /** Counts reports since that time (ISO 8601) of runs that the minion started itself or that this master has forgotten. */
  unordered(minion: MinionId, since: string): { readonly count: number; readonly bytes: number }
  /** Returns what a minion last reported about its host. */
  observed(minion: MinionId): Observations | undefined
}

interface ReportsDeps {
  readonly db: Db
  readonly log: Log
  readonly blobs: Blobs
  readonly catalogs: Catalogs
  readonly facts: ReportFactsSource
}

interface KnownRun {
  readonly job: JobId
  readonly minion: MinionId
  readonly catalog: Sha256
  readonly report: Sha256 | null
}

export function createReports(deps: ReportsDeps): Reports {
  const { db, log, blobs } = deps
  return {
    save({ minion, run, signature, bytes, prepared }) {
      const { head: report, facts, blob } = prepared ?? prepareReport(bytes)
      return db.atomically(() => {
        if (report.run !== run) refuse(`the report is of \`${report.run}\`, it was announced as \`${run}\``)
        if (report.minion !== minion) refuse(`the report is of \`${report.minion}\`, \`${minion}\` delivered it`)
        const known = db.one<KnownRun>('SELECT job, minion, catalog, report FROM runs WHERE id = ?', run)
        if (known !== undefined && known.minion !== minion) {
          refuse(`\`${run}\` belongs to another minion than \`${minion}\``)
        }
        if (known !== undefined && known.report !== null) return savedOf(blobs, known.job, known.report, false)
        // Before the self-started run records the catalog: only a catalog that was given to a run of this minion may be read.
        const isOwnCatalog = known?.catalog === report.catalog || hadCatalog(db, minion, report.catalog)
        const job = known?.job ?? beginUnknownRun(deps, report)
        const event: EventOf<'report-stored'> = {
          type: 'report-stored',
          run,
          minion,
          report: blobs.putPrepared(blob).sha256,
          signature: Buffer.from(signature).toString('base64'),
          state: report.state,
          counts: report.counts,
          ...(facts.orphans === undefined ? {} : { orphans: facts.orphans.count }),
          ...(report.problem === undefined ? {} : { problem: shortProblem(report.problem) }),
        }
        deps.facts.with(blob.sha256, facts, () => log.append(event, { idempotencyKey: `report-stored/${run}` }))
        if (isOwnCatalog && report.orphanRun === undefined) saveExports(deps, minion, report)
        return savedOf(blobs, job, blob.sha256, true)
      })
    },
    ...createReportQueries(deps),
  }
}

function createReportQueries({ db, blobs }: Pick<ReportsDeps, 'db' | 'blobs'>): Omit<Reports, 'save'> {
  return {
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
        .map(row => ({ ...row, summary: storedJson<JsonObject>(row.summary, 'results.summary') })),
    unordered: (minion, since) => {
      const sum = `SELECT count(*) AS count, coalesce(sum(blobs.size), 0) AS bytes FROM runs
        JOIN jobs ON jobs.id = runs.job JOIN blobs ON blobs.sha256 = runs.report
        WHERE runs.minion = ? AND runs.queued_at >= ? AND jobs.operator = ?`
      return db.one<{ count: number; bytes: number }>(sum, minion, since, selfOf(minion)) ?? { count: 0, bytes: 0 }
    },
    observed: minion => {
      const row = db.one<{ value: string }>('SELECT value FROM observations WHERE minion = ?', minion)
      return row === undefined ? undefined : storedJson<Observations>(row.value, 'observations.value')
    },
  }
}

/** Returns a saved report; the whole report is only read when it is accessed. */
function savedOf(blobs: Blobs, job: JobId, sha256: Sha256, fresh: boolean): SavedReport {
  return {
    job,
    fresh,
    get report() {
      return jsonBlob<Report>(blobs, sha256)
    },
  }
}

function hadCatalog(db: Db, minion: MinionId, catalog: Sha256): boolean {
  return db.one('SELECT 1 FROM runs WHERE minion = ? AND catalog = ? LIMIT 1', minion, catalog) !== undefined
}

/** Returns the operator name of a run that the minion started itself. */
function selfOf(minion: MinionId): string {
  return `minion ${minion}`
}

/**
 * Records a run that the minion started itself (boot from the cached catalog, local), or one that this master forgot because it
 * was restored from a backup. A known job has all of its runs, so a new run cannot be added to it.
 */
function beginUnknownRun({ db, log }: ReportsDeps, report: PreparedReport['head']): JobId {
  const job = report.job ?? (`job-${report.run.slice('run-'.length)}` as JobId)
  if (db.one('SELECT 1 FROM jobs WHERE id = ?', job) !== undefined) {
    refuse(`\`${job}\` has no run \`${report.run}\``)
  }
  log.append({
    type: 'job-ordered',
    job,
    verb: verbOf(report),
    origin: report.origin,
    target: report.minion,
    operator: selfOf(report.minion),
    options: report.orphanRun !== undefined && report.test ? { test: true } : {},
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

function verbOf({ test, orphanRun }: PreparedReport['head']): JobVerb {
  return orphanRun === undefined ? (test ? 'test' : 'apply') : `orphans-${orphanRun}`
}

function refuse(message: string): never {
  throw new AppError({ code: 'REPORT_REFUSED', message, hint: 'See `master events` for what this minion did before.' })
}
