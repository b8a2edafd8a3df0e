import type { Problem } from '../../../protocol/errors.ts'
import type { Sha256 } from '../../../protocol/ids.ts'
import type { JsonObject } from '../../../protocol/json.ts'
import { canonicalJson } from '../../../protocol/json.ts'
import { type Blobs, jsonBlob } from '../blobs.ts'
import type { Db } from '../database.ts'
import { shortProblem } from '../log/events.ts'
import type { RunbookState, StepState } from '../log/fleet-events.ts'
import type { Projector } from '../log/projector.ts'
import type { Log } from '../ports.ts'
import { storedJson } from '../stored-json.ts'

/** Every runbook that was started, and its state. */
export const RUNBOOK_RUNS: Projector = {
  view: 'runbook_runs',
  apply: ({ db }, { at, event }) => {
    if (event.type === 'runbook-started') {
      const { id, runbook, operator, target, plan } = event
      const insert = `INSERT INTO runbook_runs (id, runbook, operator, target, plan, state, started_at, moved_at)
        VALUES (?, ?, ?, ?, ?, 'running', ?, ?)`
      db.run(insert, id, runbook, operator, target, plan, at, at)
    } else if (event.type === 'runbook-moved') {
      const problem = event.problem === undefined ? null : canonicalJson(event.problem)
      // The operator who moved it last continues it, with their own rights.
      const update = `UPDATE runbook_runs SET state = ?, problem = ?, operator = coalesce(?, operator), moved_at = ?
        WHERE id = ?`
      db.run(update, event.to, problem, event.operator ?? null, at, event.id)
    }
  },
}

/** The latest state of each step. What it registered stays, even when it is undone. */
export const RUNBOOK_STEPS: Projector = {
  view: 'runbook_steps',
  apply: ({ db }, { at, event }) => {
    if (event.type !== 'runbook-step') return
    const { id, step, name, state, output, problem } = event
    const upsert = `INSERT INTO runbook_steps (id, step, name, state, output, problem, at) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id, step) DO UPDATE SET name = excluded.name, state = excluded.state,
      output = coalesce(excluded.output, output), problem = excluded.problem, at = excluded.at`
    db.run(upsert, id, step, name, state, output ?? null, problem === undefined ? null : canonicalJson(problem), at)
  },
}

/** A runbook that was started. */
export interface RunbookRun {
  readonly id: string
  readonly runbook: string
  readonly operator: string
  readonly target: string
  readonly state: RunbookState
  readonly problem?: Problem
  readonly startedAt: string
  readonly movedAt: string
}

interface RunbookStep {
  readonly step: number
  readonly name: string
  readonly state: StepState
  /** The output that it registered. */
  readonly output?: string
  readonly problem?: Problem
  readonly at: string
}

export interface Runbooks {
  /** Starts a runbook; false when one of this name is unfinished, because two at once would conflict. */
  start(run: Pick<RunbookRun, 'id' | 'runbook' | 'operator' | 'target'>, plan: JsonObject): boolean
  step(id: string, step: Omit<RunbookStep, 'at'>): void
  move(id: string, to: RunbookState, more?: { readonly operator?: string; readonly problem?: Problem }): void
  get(id: string): RunbookRun | undefined
  plan(id: string): JsonObject
  /** Lists the steps that have begun, by number. */
  steps(id: string): readonly RunbookStep[]
  /** Newest first. */
  list(limit: number): readonly RunbookRun[]
  /** Lists the unfinished ones. */
  open(): readonly RunbookRun[]
}

interface Row {
  readonly id: string
  readonly runbook: string
  readonly operator: string
  readonly target: string
  readonly plan: Sha256
  readonly state: RunbookState
  readonly problem: string | null
  readonly started_at: string
  readonly moved_at: string
}

interface StepRow {
  readonly step: number
  readonly name: string
  readonly state: StepState
  readonly output: Sha256 | null
  readonly problem: string | null
  readonly at: string
}

const OPEN = "state NOT IN ('done', 'undone')"

export function createRunbooks({ db, log, blobs }: { db: Db; log: Log; blobs: Blobs }): Runbooks {
  const text = (sha256: Sha256): string => new TextDecoder().decode(blobs.get(sha256))
  const put = (value: string): Sha256 => blobs.put(new TextEncoder().encode(value)).sha256
  const short = (problem: Problem | undefined) => (problem === undefined ? {} : { problem: shortProblem(problem) })
  return {
    start: (run, plan) =>
      db.atomically(() => {
        if (db.one(`SELECT 1 FROM runbook_runs WHERE runbook = ? AND ${OPEN}`, run.runbook) !== undefined) return false
        log.append({ type: 'runbook-started', ...run, plan: put(JSON.stringify(plan)) })
        return true
      }),
    step: (id, { step, name, state, output, problem }) =>
      db.atomically(() => {
        const kept = output === undefined ? {} : { output: put(output) }
        log.append({ type: 'runbook-step', id, step, name: name.slice(0, 400), state, ...kept, ...short(problem) })
      }),
    move: (id, to, { operator, problem } = {}) => {
      log.append({ type: 'runbook-moved', id, to, ...(operator === undefined ? {} : { operator }), ...short(problem) })
    },
    get: id => {
      const row = db.one<Row>('SELECT * FROM runbook_runs WHERE id = ?', id)
      return row === undefined ? undefined : runOf(row)
    },
    plan: id => {
      const row = db.one<Row>('SELECT * FROM runbook_runs WHERE id = ?', id)
      if (row === undefined) throw new TypeError(`there is no ${id}`)
      return jsonBlob<JsonObject>(blobs, row.plan)
    },
    steps: id =>
      db
        .all<StepRow>('SELECT * FROM runbook_steps WHERE id = ? ORDER BY step', id)
        .map(({ step, name, state, output, problem, at }) => ({
          step,
          name,
          state,
          ...(output === null ? {} : { output: text(output) }),
          ...problemOf(problem),
          at,
        })),
    list: limit =>
      db.all<Row>('SELECT * FROM runbook_runs ORDER BY started_at DESC, id DESC LIMIT ?', limit).map(runOf),
    open: () => db.all<Row>(`SELECT * FROM runbook_runs WHERE ${OPEN} ORDER BY started_at, id`).map(runOf),
  }
}

function runOf({ id, runbook, operator, target, state, problem, started_at, moved_at }: Row): RunbookRun {
  return { id, runbook, operator, target, state, ...problemOf(problem), startedAt: started_at, movedAt: moved_at }
}

function problemOf(text: string | null): { readonly problem?: Problem } {
  return text === null ? {} : { problem: storedJson<Problem>(text, 'runbook_runs.problem') }
}
