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
import { OPEN } from './runs.ts'

/** What was ordered, and by whom; never changes afterwards. */
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

/** A job to order. */
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

/** One minion's part of a job. Catalog and secret bundle are already in the store. */
export interface NewRun {
  readonly id: RunId
  readonly minion: MinionId
  readonly catalog: Sha256
  readonly box?: Sha256
  /** Delivered when all runs in lower waves of the job are final; absent: 0. */
  readonly wave?: number
  /** Kernel boot for which it is the highstate. */
  readonly bootId?: string
  /** Not delivered before this time. */
  readonly notBefore?: string
  /** The minion was given newer content during the compile: the run ends as soon as it is created. */
  readonly superseded?: { readonly by: JobId; readonly problem: Problem }
}

/** A job as it was ordered. */
interface JobHead extends NewJob {
  readonly createdAt: string
}

/** A job with the states of its runs. */
export interface Job extends JobHead {
  readonly runs: { readonly [state in RunState]?: number }
}

export interface Jobs {
  /**
   * Stores a job and its runs in one transaction, before anything is sent; returns the generation of each run. With only the id
   * of an existing job, adds runs to it. An existing run keeps its generation.
   */
  order(job: NewJob | Pick<NewJob, 'id'>, runs: readonly NewRun[]): ReadonlyMap<RunId, number>
  get(id: JobId): Job | undefined
  /** Returns a job without its runs, at a cost that does not grow with their number. */
  head(id: JobId): JobHead | undefined
  /** Newest first. */
  list(limit: number): readonly Job[]
  /** Lists jobs that have unfinished runs, newest first, and counts all of them, at a cost that does not grow with finished runs. */
  unfinished(limit: number): { readonly count: number; readonly newest: readonly Job[] }
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
        if ('verb' in job) {
          const { id, ...rest } = job
          log.append({ type: 'job-ordered', job: id, ...rest }, { idempotencyKey: `job-ordered/${id}` })
        }
        return new Map(
          runs.map(({ id, wave = 0, superseded, ...rest }) => {
            const known = db.one<{ generation: number }>('SELECT generation FROM runs WHERE id = ?', id)
            if (known !== undefined) return [id, known.generation]
            demandBodies(db, id, rest)
            const generation = nextGeneration(db, rest.minion, superseded !== undefined)
            const queued = { type: 'run-queued', run: id, job: job.id, generation, wave, ...rest } as const
            log.append(queued, { idempotencyKey: `run-queued/${id}` })
            if (superseded !== undefined) {
              const { by, problem } = superseded
              log.append({ type: 'run-superseded', run: id, by, problem: shortProblem(problem) })
            }
            return [id, generation]
          }),
        )
      }),
    get: id => {
      const row = db.one<Row>('SELECT * FROM jobs WHERE id = ?', id)
      return row === undefined ? undefined : jobOf(db, row)
    },
    head: id => {
      const row = db.one<Row>('SELECT * FROM jobs WHERE id = ?', id)
      return row === undefined ? undefined : headOf(row)
    },
    unfinished: limit => {
      const { count } = db.one<{ count: number }>(`SELECT count(DISTINCT job) AS count FROM runs WHERE ${OPEN}`) ?? {
        count: 0,
      }
      const rows = db.all<Row>(
        `SELECT * FROM jobs WHERE id IN (SELECT DISTINCT job FROM runs WHERE ${OPEN}) ORDER BY created_at DESC, id DESC LIMIT ?`,
        limit,
      )
      return { count, newest: rows.map(row => jobOf(db, row)) }
    },
    list: limit =>
      db.all<Row>('SELECT * FROM jobs ORDER BY created_at DESC, id DESC LIMIT ?', limit).map(row => jobOf(db, row)),
  }
}

function demandBodies(db: Db, run: RunId, { catalog, box }: Pick<NewRun, 'catalog' | 'box'>): void {
  for (const sha256 of [catalog, box]) {
    if (sha256 === undefined || db.one('SELECT 1 FROM blobs WHERE sha256 = ?', sha256) !== undefined) continue
    throw new TypeError(`the body ${sha256} of ${run} is not in the store`)
  }
}

/** Generations grow in the order of their content: a run that is already superseded takes none of its own. */
function nextGeneration(db: Db, minion: MinionId, isOlder: boolean): number {
  const counter = db.one<{ generation: number }>('SELECT generation FROM counters WHERE minion = ?', minion)
  return (counter?.generation ?? 0) + (isOlder ? 0 : 1)
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
