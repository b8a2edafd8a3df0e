import type { Problem } from '../../../protocol/errors.ts'
import type { JobId, MinionId, RunId, Sha256 } from '../../../protocol/ids.ts'
import type { JsonObject } from '../../../protocol/json.ts'
import { canonicalJson } from '../../../protocol/json.ts'
import type { RunState } from '../../../protocol/report.ts'
import type { Db } from '../database.ts'
import { type JobOrigin, type JobVerb, shortProblem } from '../log/events.ts'
import type { Projector } from '../log/projector.ts'
import type { Log } from '../ports.ts'
import { storedJson } from '../stored-json.ts'

/** What was ordered, by whom; never changes afterwards. */
export const JOBS: Projector = {
  view: 'jobs',
  apply: ({ db }, { at, event }) => {
    if (event.type !== 'job-ordered') return
    const insert = `INSERT INTO jobs
      (id, verb, origin, target, operator, revision, git, dirty, options, created_at, expires_at)
      VALUES (@id, @verb, @origin, @target, @operator, @revision, @git, @dirty, @options, @at, @expiresAt)`
    db.run(insert, {
      id: event.job,
      verb: event.verb,
      origin: event.origin,
      target: event.target,
      operator: event.operator,
      revision: event.revision ?? null,
      git: event.git ?? null,
      dirty: event.dirty === undefined ? null : Number(event.dirty),
      options: canonicalJson(event.options),
      at,
      expiresAt: event.expiresAt,
    })
  },
}

/** What an operator orders. */
export interface NewJob {
  readonly id: JobId
  readonly verb: JobVerb
  readonly origin: JobOrigin
  readonly target: string
  readonly operator: string
  readonly revision?: Sha256
  readonly git?: string
  readonly dirty?: boolean
  readonly options: JsonObject
  readonly expiresAt: string
}

/** One minion's part of it. Catalog and box are in the store before. */
export interface NewRun {
  readonly id: RunId
  readonly minion: MinionId
  readonly catalog: Sha256
  readonly box?: Sha256
  /** Delivered when all runs of lower waves of the job are final; absent: 0. */
  readonly wave?: number
  /** Kernel boot that it is the highstate of. */
  readonly bootId?: string
  /** Not delivered before this time. */
  readonly notBefore?: string
  /** Its minion was given newer content while it was compiled: it is over as soon as it is there. */
  readonly superseded?: { readonly by: JobId; readonly problem: Problem }
}

/** A job as it was ordered. */
interface JobHead extends NewJob {
  readonly createdAt: string
}

/** A job with what became of its runs. */
export interface Job extends JobHead {
  readonly runs: { readonly [state in RunState]?: number }
}

export interface Jobs {
  /** Job and runs in one transaction, before anything is sent; the generation that each run was given. */
  order(job: NewJob, runs: readonly NewRun[]): ReadonlyMap<RunId, number>
  /** Further runs of a job that is there: of minions whose catalogs changed by what its first runs reported. */
  extend(id: JobId, runs: readonly NewRun[]): void
  get(id: JobId): Job | undefined
  /** The same without what became of its runs: the cost does not grow with their number. */
  head(id: JobId): JobHead | undefined
  /** The newest first. */
  list(limit: number): readonly Job[]
}

interface Row {
  readonly id: JobId
  readonly verb: JobVerb
  readonly origin: JobOrigin
  readonly target: string
  readonly operator: string
  readonly revision: Sha256 | null
  readonly git: string | null
  readonly dirty: number | null
  readonly options: string
  readonly created_at: string
  readonly expires_at: string
}

export function createJobs(db: Db, log: Log): Jobs {
  return {
    order: (job, runs) =>
      db.atomically(() => {
        log.append(jobOrdered(job), { idempotencyKey: `job-ordered/${job.id}` })
        return new Map(runs.map(run => [run.id, queueRun({ db, log }, job.id, run)]))
      }),
    extend: (id, runs) =>
      db.atomically(() => {
        for (const run of runs) queueRun({ db, log }, id, run)
      }),
    get: id => {
      const row = db.one<Row>('SELECT * FROM jobs WHERE id = ?', id)
      return row === undefined ? undefined : jobOf(db, row)
    },
    head: id => {
      const row = db.one<Row>('SELECT * FROM jobs WHERE id = ?', id)
      return row === undefined ? undefined : headOf(row)
    },
    list: limit =>
      db.all<Row>('SELECT * FROM jobs ORDER BY created_at DESC, id DESC LIMIT ?', limit).map(row => jobOf(db, row)),
  }
}

/** Repeated for the same run, it gives the generation that the run has already. */
function queueRun({ db, log }: { readonly db: Db; readonly log: Log }, job: JobId, run: NewRun): number {
  const known = db.one<{ generation: number }>('SELECT generation FROM runs WHERE id = ?', run.id)
  if (known !== undefined) return known.generation
  for (const sha256 of [run.catalog, run.box]) {
    if (sha256 === undefined || db.one('SELECT 1 FROM blobs WHERE sha256 = ?', sha256) !== undefined) continue
    throw new TypeError(`the body ${sha256} of ${run.id} is not in the store`)
  }
  const counter = db.one<{ generation: number }>('SELECT generation FROM counters WHERE minion = ?', run.minion)
  const { id, wave = 0, superseded, ...rest } = run
  // Generations grow in the order of what they contain: one that is older already takes none of its own.
  const generation = (counter?.generation ?? 0) + (superseded === undefined ? 1 : 0)
  log.append({ type: 'run-queued', run: id, job, generation, wave, ...rest }, { idempotencyKey: `run-queued/${id}` })
  if (superseded !== undefined) {
    const { by, problem } = superseded
    log.append({ type: 'run-superseded', run: id, by, problem: shortProblem(problem) })
  }
  return generation
}

function jobOrdered({ id, ...job }: NewJob) {
  return { type: 'job-ordered', job: id, ...job } as const
}

function jobOf(db: Db, row: Row): Job {
  const states = db.all<{ state: RunState; n: number }>(
    'SELECT state, count(*) AS n FROM runs WHERE job = ? GROUP BY state',
    row.id,
  )
  return { ...headOf(row), runs: Object.fromEntries(states.map(({ state, n }) => [state, n])) }
}

function headOf(row: Row): JobHead {
  return {
    id: row.id,
    verb: row.verb,
    origin: row.origin,
    target: row.target,
    operator: row.operator,
    ...(row.revision === null ? {} : { revision: row.revision }),
    ...(row.git === null ? {} : { git: row.git }),
    ...(row.dirty === null ? {} : { dirty: row.dirty === 1 }),
    options: storedJson<JsonObject>(row.options, 'jobs.options'),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}
