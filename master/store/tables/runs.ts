import type { Problem } from '../../../protocol/errors.ts'
import type { JobId, MinionId, RunId } from '../../../protocol/ids.ts'
import type { Db } from '../database.ts'
import { type EventOf, shortProblem } from '../log/events.ts'
import type { Log } from '../ports.ts'
import { nextSequence } from './minions.ts'
import { type Run, type RunRow, runOf } from './run-row.ts'
import { nextRunState, stepOf } from './run-states.ts'

type RunEvent = EventOf<
  'run-accepted' | 'run-running' | 'run-refused' | 'run-lost' | 'run-cancelled' | 'run-expired' | 'run-superseded'
>

/** State changes of runs before their report, and queries. A change that no longer applies returns false and writes nothing. */
export interface Runs {
  /** Takes the next sequence of its minion, with which the order is then signed and sent. Undefined: it must not be sent. */
  send(run: RunId): number | undefined
  /** Writes this event if the current state of its run allows it. */
  move(event: RunEvent): boolean
  accept(run: RunId): boolean
  start(run: RunId, states: number): boolean
  refuse(run: RunId, problem: Problem): boolean
  /** Fails a run that the minion no longer knows and that must not be sent again. */
  lose(run: RunId, problem: Problem): boolean
  /** Cancels a run at once, because no minion works on it. */
  cancel(run: RunId, operator: string): boolean
  /** Records a request to cancel: the run is in `toCancel` until its report arrives. */
  orderCancel(run: RunId, operator: string): boolean
  /** Takes the next sequence for an order that cancels the run. */
  sendCancel(run: RunId): number | undefined
  /** Does the same for a run that was cancelled here but that its minion still has. */
  sendLateCancel(run: RunId): number | undefined
  expire(run: RunId, problem?: Problem): boolean
  /** Ends a run because newer content reaches the minion instead. `by` is undefined when this master does not know its job. */
  supersede(run: RunId, by: JobId | undefined, problem: Problem): boolean
  /** Expires all queued and sent runs of expired jobs; returns which. */
  expireDue(): readonly RunId[]

  get(run: RunId): Run | undefined
  ofJob(job: JobId): readonly Run[]
  /**
   * Lists runs to deliver now: queued or sent, not expired, not before their time, not cancelled, and with all lower waves of
   * the job final.
   */
  toDeliver(of: { readonly minion: MinionId } | { readonly job: JobId }): readonly Run[]
  /** Lists only the ids of a job's runs that are in `toDeliver` and were never sent. */
  unsent(job: JobId): readonly RunId[]
  /** Returns the lowest wave of a job with an unfinished run; undefined when all runs are final. */
  lowestOpenWave(job: JobId): number | undefined
  /** Lists runs to deliver whose time came after `since` and that were not sent yet. Times are ISO 8601. */
  delayed(since: string): readonly Run[]
  /** Lists runs that are accepted or running on the minion, as far as the master knows. */
  at(minion: MinionId): readonly Run[]
  /** Lists all unfinished runs of the minion. */
  open(minion: MinionId): readonly Run[]
  toCancel(minion: MinionId): readonly Run[]
  /**
   * Lists runs that their minion accepted but has not reported, whose job has expired, and whose minion has been offline since
   * before this time (milliseconds since 1970).
   */
  abandoned(offlineSinceMs: number): readonly Run[]
  /** Returns the run that is the highstate of this kernel boot. */
  ofBoot(minion: MinionId, bootId: string): Run | undefined
}

interface RunsDeps {
  readonly db: Db
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export function createRuns(deps: RunsDeps): Runs {
  const { db, log, now } = deps
  const move = (event: RunEvent): boolean =>
    db.atomically(() => {
      const step = stepOf(event)
      const row = step === undefined ? undefined : rowOf(db, step.run)
      if (row === undefined || step === undefined || nextRunState(row.state, step.trigger) === undefined) return false
      log.append(event)
      return true
    })
  const expire = (run: RunId, problem?: Problem): boolean =>
    move({ type: 'run-expired', run, ...(problem === undefined ? {} : { problem: shortProblem(problem) }) })
  const sendCancel = (run: RunId, isWanted: (row: RunRow) => boolean): number | undefined =>
    db.atomically(() => {
      const row = rowOf(db, run)
      if (row === undefined || !isWanted(row)) return undefined
      const sequence = nextSequence(db, row.minion)
      log.append({ type: 'run-cancel-sent', run, minion: row.minion, sequence })
      return sequence
    })
  return {
    send: run =>
      db.atomically(() => {
        const row = rowOf(db, run)
        if (row === undefined || nextRunState(row.state, 'send') === undefined) return undefined
        const sequence = nextSequence(db, row.minion)
        log.append({ type: 'run-sent', run, minion: row.minion, sequence })
        return sequence
      }),
    move,
    accept: run => move({ type: 'run-accepted', run }),
    start: (run, states) => move({ type: 'run-running', run, states }),
    refuse: (run, problem) => move({ type: 'run-refused', run, problem: shortProblem(problem) }),
    lose: (run, problem) => move({ type: 'run-lost', run, problem: shortProblem(problem) }),
    cancel: (run, operator) => move({ type: 'run-cancelled', run, operator }),
    orderCancel: (run, operator) =>
      db.atomically(() => {
        const row = rowOf(db, run)
        if (row === undefined || row.cancel_ordered_at !== null) return false
        if (nextRunState(row.state, 'cancel') === undefined) return false
        log.append({ type: 'run-cancel-ordered', run, operator })
        return true
      }),
    sendCancel: run => sendCancel(run, ({ state }) => nextRunState(state, 'cancel') !== undefined),
    sendLateCancel: run => sendCancel(run, ({ state, report }) => state === 'cancelled' && report === null),
    expire,
    supersede: (run, by, problem) => {
      const whose = by === undefined ? {} : { by }
      return move({ type: 'run-superseded', run, ...whose, problem: shortProblem(problem) })
    },
    expireDue: () => {
      const due = db.all<{ id: RunId }>(EXPIRED, new Date(now()).toISOString())
      // Called every second: while nothing is due, write nothing and begin no transaction.
      return due.length === 0 ? [] : db.atomically(() => due.map(({ id }) => id).filter(id => expire(id)))
    },
    ...createRunQueries(db, now),
  }
}

type RunQueries = Pick<
  Runs,
  | 'get'
  | 'ofJob'
  | 'toDeliver'
  | 'unsent'
  | 'lowestOpenWave'
  | 'delayed'
  | 'at'
  | 'open'
  | 'toCancel'
  | 'abandoned'
  | 'ofBoot'
>

/** SQLite uses a partial index only where the query contains the condition of the index word for word. */
export const OPEN = `state IN ('queued', 'sent', 'accepted', 'running')`

const DELIVERABLE = `FROM runs JOIN jobs ON jobs.id = runs.job
  WHERE runs.${OPEN} AND runs.state IN ('queued', 'sent') AND runs.cancel_ordered_at IS NULL AND jobs.expires_at > ?
  AND (runs.not_before IS NULL OR runs.not_before <= ?)
  AND NOT EXISTS (SELECT 1 FROM runs AS before WHERE before.job = runs.job AND before.wave < runs.wave
    AND before.${OPEN})`

/** Uses the index to go from one job with unfinished runs to the next, without reading old jobs or finished runs. */
const EXPIRED = `WITH RECURSIVE live (job) AS (
    SELECT min(job) FROM runs WHERE ${OPEN}
    UNION ALL
    SELECT (SELECT min(job) FROM runs WHERE ${OPEN} AND job > live.job) FROM live WHERE live.job IS NOT NULL
  )
  SELECT runs.id FROM live CROSS JOIN jobs ON jobs.id = live.job CROSS JOIN runs ON runs.job = jobs.id
  WHERE jobs.expires_at <= ? AND runs.${OPEN} AND runs.state IN ('queued', 'sent') ORDER BY runs.id`

function createRunQueries(db: Db, now: () => number): RunQueries {
  const list = (sql: string, ...parameters: readonly string[]): readonly Run[] =>
    db.all<RunRow>(sql, ...parameters).map(runOf)
  return {
    get: run => {
      const row = rowOf(db, run)
      return row === undefined ? undefined : runOf(row)
    },
    ofJob: job => list('SELECT * FROM runs WHERE job = ? ORDER BY wave, minion, id', job),
    toDeliver: of => {
      const at = new Date(now()).toISOString()
      return 'minion' in of
        ? list(`SELECT runs.* ${DELIVERABLE} AND runs.minion = ? ORDER BY runs.generation, runs.id`, at, at, of.minion)
        : list(`SELECT runs.* ${DELIVERABLE} AND runs.job = ? ORDER BY runs.wave, runs.minion, runs.id`, at, at, of.job)
    },
    unsent: job => {
      const at = new Date(now()).toISOString()
      const ids = `SELECT runs.id ${DELIVERABLE} AND runs.job = ? AND runs.state = 'queued'
        ORDER BY runs.wave, runs.minion, runs.id`
      return db.all<{ id: RunId }>(ids, at, at, job).map(({ id }) => id)
    },
    lowestOpenWave: job => {
      const lowest = `SELECT min(wave) AS wave FROM runs WHERE job = ? AND ${OPEN}`
      return db.one<{ wave: number | null }>(lowest, job)?.wave ?? undefined
    },
    delayed: since => {
      const at = new Date(now()).toISOString()
      const delayed = `SELECT runs.* ${DELIVERABLE} AND runs.state = 'queued'
        AND runs.not_before IS NOT NULL AND runs.not_before > ? AND runs.not_before <= ? ORDER BY runs.generation, runs.id`
      return list(delayed, at, at, since, at)
    },
    at: minion => list(`SELECT * FROM runs WHERE minion = ? AND state IN ('accepted', 'running') ORDER BY id`, minion),
    open: minion => list(`SELECT * FROM runs WHERE minion = ? AND ${OPEN} ORDER BY generation, id`, minion),
    toCancel: minion =>
      list(`SELECT * FROM runs WHERE minion = ? AND cancel_ordered_at IS NOT NULL AND ${OPEN} ORDER BY id`, minion),
    abandoned: offlineSinceMs =>
      list(
        `SELECT runs.* FROM runs JOIN jobs ON jobs.id = runs.job LEFT JOIN minions ON minions.id = runs.minion
          WHERE runs.${OPEN} AND runs.state IN ('accepted', 'running') AND jobs.expires_at <= ?
          AND coalesce(minions.connected, 0) = 0
          AND (minions.last_seen_at IS NULL OR minions.last_seen_at <= ?) ORDER BY runs.id`,
        new Date(now()).toISOString(),
        new Date(offlineSinceMs).toISOString(),
      ),
    ofBoot: (minion, bootId) =>
      list('SELECT * FROM runs WHERE minion = ? AND boot_id = ? ORDER BY id DESC LIMIT 1', minion, bootId)[0],
  }
}

function rowOf(db: Db, run: RunId): RunRow | undefined {
  return db.one<RunRow>('SELECT * FROM runs WHERE id = ?', run)
}

/**
 * Decides which applies supersede which: the content of a minion only moves forward, in the order of its generations. A dry run
 * supersedes nothing and is never superseded.
 */
export interface RunReplacements {
  /** Returns the newest apply of the same minion with a higher generation that was sent to the minion or has reached it. */
  newerSent(run: Run): Run | undefined
  /** Lists applies of the same minion with a lower generation that were never sent. */
  olderQueued(run: Run): readonly Run[]
  /** Returns the generation of the newest catalog made for a minion; 0 when there is none. */
  generation(minion: MinionId): number
  isApply(run: RunId): boolean
}

const APPLIES = "FROM runs JOIN jobs ON jobs.id = runs.job AND jobs.verb = 'apply' WHERE runs.minion = ?"

export function createRunReplacements(db: Db): RunReplacements {
  const isApply = (run: RunId): boolean => {
    const sql = "SELECT 1 FROM runs JOIN jobs ON jobs.id = runs.job AND jobs.verb = 'apply' WHERE runs.id = ?"
    return db.one(sql, run) !== undefined
  }
  return {
    newerSent: ({ id, minion, generation }) => {
      if (!isApply(id)) return undefined
      const sql = `SELECT runs.* ${APPLIES} AND runs.generation > ? AND
        coalesce(runs.sent_at, runs.accepted_at, runs.running_at, runs.report) IS NOT NULL
        ORDER BY runs.generation DESC LIMIT 1`
      const row = db.one<RunRow>(sql, minion, generation)
      return row === undefined ? undefined : runOf(row)
    },
    olderQueued: ({ id, minion, generation }) => {
      if (!isApply(id)) return []
      const sql = `SELECT runs.* ${APPLIES} AND runs.state = 'queued' AND runs.generation < ? ORDER BY runs.generation`
      return db.all<RunRow>(sql, minion, generation).map(runOf)
    },
    generation: minion =>
      db.one<{ generation: number }>('SELECT generation FROM counters WHERE minion = ?', minion)?.generation ?? 0,
    isApply,
  }
}
