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

/** What happens to runs until their report. Each returns false, and writes nothing, where it means nothing any more. */
export interface Runs {
  /** Takes the next sequence of its minion: with it the order is signed, and then sent. Undefined: not to be sent. */
  send(run: RunId): number | undefined
  /** Writes this event, if its run is where it can happen. */
  move(event: RunEvent): boolean
  accept(run: RunId): boolean
  start(run: RunId, states: number): boolean
  refuse(run: RunId, problem: Problem): boolean
  /** The minion does not know it any more, and it must not be sent again. */
  lose(run: RunId, problem: Problem): boolean
  /** Ends it here: for a run that no minion works on. */
  cancel(run: RunId, operator: string): boolean
  /** Records the request to cancel it: it is in `toCancel` until its report arrives. */
  orderCancel(run: RunId, operator: string): boolean
  /** Takes the next sequence, for an order that cancels it. */
  sendCancel(run: RunId): number | undefined
  /** The same for a run that ended here as cancelled, which its minion has all the same. */
  sendLateCancel(run: RunId): number | undefined
  expire(run: RunId, problem?: Problem): boolean
  /** Newer content reaches the minion instead of it. `by`: undefined when this master does not know its job. */
  supersede(run: RunId, by: JobId | undefined, problem: Problem): boolean
  /** Expires all queued and sent runs of jobs whose time is over; which those were. */
  expireDue(): readonly RunId[]

  get(run: RunId): Run | undefined
  ofJob(job: JobId): readonly Run[]
  /**
   * To be delivered now: queued or sent, not expired, not before its time, not to be cancelled, and all lower waves of the
   * job are final.
   */
  toDeliver(of: { readonly minion: MinionId } | { readonly job: JobId }): readonly Run[]
  /** The runs of a job that `toDeliver` would give and that were never sent; only their ids. */
  unsent(job: JobId): readonly RunId[]
  /** The lowest wave of a job with a run that is not final; undefined: all are. */
  lowestOpenWave(job: JobId): number | undefined
  /** Runs to be delivered whose time came after `since` and that were not sent yet. Times are ISO 8601. */
  delayed(since: string): readonly Run[]
  /** Accepted or running there, as far as the master knows. */
  at(minion: MinionId): readonly Run[]
  /** All of them that are not over. */
  open(minion: MinionId): readonly Run[]
  toCancel(minion: MinionId): readonly Run[]
  /**
   * Runs that their minions took and have not reported, whose job is over, and whose minion has been offline since before this time
   * (milliseconds since 1970).
   */
  abandoned(offlineSinceMs: number): readonly Run[]
  /** The run that is the highstate of this kernel boot. */
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
      // Asked every second: nothing is written, and no transaction begun, while nothing is due.
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

/** SQLite uses a partial index only where the query has the condition of the index word for word. */
const OPEN = `state IN ('queued', 'sent', 'accepted', 'running')`

const DELIVERABLE = `FROM runs JOIN jobs ON jobs.id = runs.job
  WHERE runs.${OPEN} AND runs.state IN ('queued', 'sent') AND runs.cancel_ordered_at IS NULL AND jobs.expires_at > ?
  AND (runs.not_before IS NULL OR runs.not_before <= ?)
  AND NOT EXISTS (SELECT 1 FROM runs AS before WHERE before.job = runs.job AND before.wave < runs.wave
    AND before.${OPEN})`

/** From one job with open runs to the next by the index: neither old jobs nor runs that are over are read. */
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
 * Which applies replace which: the content of a minion only moves forward, in the order of its generations. A dry run
 * replaces nothing and is replaced by nothing.
 */
export interface RunReplacements {
  /** The newest apply of the same minion with a higher generation that has reached its minion or was sent to it. */
  newerSent(run: Run): Run | undefined
  /** Applies of the same minion with a lower generation that were never sent. */
  olderQueued(run: Run): readonly Run[]
  /** The generation of the newest catalog that was made for a minion; 0: none. */
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
