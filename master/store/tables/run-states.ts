import type { RunId } from '../../../protocol/ids.ts'
import { canonicalJson } from '../../../protocol/json.ts'
import type { Report, RunState } from '../../../protocol/report.ts'
import type { Db } from '../database.ts'
import type { EventOf, MasterEvent } from '../log/events.ts'
import type { Projector } from '../log/projector.ts'

/** Everything that can happen to a run besides its report. */
export const RUN_TRIGGERS = ['send', 'accept', 'start', 'refuse', 'lose', 'cancel', 'expire', 'supersede'] as const
export type RunTrigger = (typeof RUN_TRIGGERS)[number]

type Row = { readonly [trigger in RunTrigger]?: RunState }

/**
 * `accept` and `start` are also valid before `send`: a master that was restored from a backup has forgotten what it sent, but
 * the minion has not. A run that has started is never superseded: it ends as its minion reports. It expires only when its
 * minion does not come back.
 */
const TRANSITIONS: { readonly [from in RunState]: Row } = {
  queued: {
    send: 'sent',
    accept: 'accepted',
    start: 'running',
    cancel: 'cancelled',
    expire: 'expired',
    supersede: 'superseded',
  },
  sent: {
    send: 'sent',
    accept: 'accepted',
    start: 'running',
    refuse: 'failed',
    lose: 'failed',
    cancel: 'cancelled',
    expire: 'expired',
    supersede: 'superseded',
  },
  accepted: {
    send: 'accepted',
    start: 'running',
    refuse: 'failed',
    lose: 'failed',
    cancel: 'cancelled',
    expire: 'expired',
    supersede: 'superseded',
  },
  running: { refuse: 'failed', lose: 'failed', cancel: 'cancelled', expire: 'expired' },
  done: {},
  failed: {},
  cancelled: {},
  expired: {},
  superseded: {},
}

/** Returns the next state, or undefined when the trigger has no effect in this state (late, repeated). Pure. */
export function nextRunState(from: RunState, trigger: RunTrigger): RunState | undefined {
  return TRANSITIONS[from][trigger]
}

/**
 * Returns the state after a report. A first report is authoritative, even for a run that was considered expired, superseded or
 * lost; a second one has no effect. Pure.
 */
export function stateAfterReport(hasReport: boolean, reported: Report['state']): RunState | undefined {
  return hasReport ? undefined : reported
}

/** True when only a first report can still change the state. */
export function isFinal(state: RunState): boolean {
  return Object.keys(TRANSITIONS[state]).length === 0
}

/** The life of every run. An event that is invalid in the state of its run changes nothing. */
export const RUNS: Projector = {
  view: 'runs',
  apply: ({ db }, { at, event }) => {
    if (event.type === 'run-queued') return queued(db, at, event)
    if (event.type === 'report-stored') return reported(db, at, event)
    if (event.type === 'run-cancel-ordered') {
      db.run('UPDATE runs SET cancel_ordered_at = coalesce(cancel_ordered_at, ?) WHERE id = ?', at, event.run)
      return
    }
    const step = stepOf(event)
    if (step === undefined) return
    const run = db.one<{ state: RunState }>('SELECT state FROM runs WHERE id = ?', step.run)
    const state = run === undefined ? undefined : nextRunState(run.state, step.trigger)
    if (state !== undefined) moved(db, at, { ...step, state })
  },
}

interface Step {
  readonly run: RunId
  readonly trigger: RunTrigger
  /** Columns that change with it. */
  readonly sequence?: number
  readonly states?: number
  readonly problem?: string
  readonly supersededBy?: string
}

/** undefined for an event that changes no run. Pure. */
export function stepOf(event: MasterEvent): Step | undefined {
  switch (event.type) {
    case 'run-sent':
      return { run: event.run, trigger: 'send', sequence: event.sequence }
    case 'run-accepted':
      return { run: event.run, trigger: 'accept' }
    case 'run-running':
      return { run: event.run, trigger: 'start', states: event.states }
    case 'run-refused':
      return { run: event.run, trigger: 'refuse', problem: canonicalJson(event.problem) }
    case 'run-lost':
      return { run: event.run, trigger: 'lose', problem: canonicalJson(event.problem) }
    case 'run-cancelled':
      return { run: event.run, trigger: 'cancel' }
    case 'run-expired': {
      const step: Step = { run: event.run, trigger: 'expire' }
      return event.problem === undefined ? step : { ...step, problem: canonicalJson(event.problem) }
    }
    case 'run-superseded': {
      const step: Step = { run: event.run, trigger: 'supersede', problem: canonicalJson(event.problem) }
      return event.by === undefined ? step : { ...step, supersededBy: event.by }
    }
    default:
      return undefined
  }
}

function moved(db: Db, at: string, step: Step & { readonly state: RunState }): void {
  const update = `UPDATE runs SET state = @state,
    sent_at = CASE WHEN @trigger = 'send' THEN @at ELSE sent_at END,
    accepted_at = CASE WHEN @trigger = 'accept' THEN @at ELSE accepted_at END,
    running_at = CASE WHEN @trigger = 'start' THEN @at ELSE running_at END,
    finished_at = CASE WHEN @final = 1 THEN @at ELSE NULL END,
    sequence = coalesce(@sequence, sequence), states = coalesce(@states, states),
    problem = coalesce(@problem, problem), superseded_by = coalesce(@supersededBy, superseded_by) WHERE id = @run`
  db.run(update, {
    at,
    run: step.run,
    trigger: step.trigger,
    state: step.state,
    final: isFinal(step.state) ? 1 : 0,
    sequence: step.sequence ?? null,
    states: step.states ?? null,
    problem: step.problem ?? null,
    supersededBy: step.supersededBy ?? null,
  })
}

function queued(db: Db, at: string, event: EventOf<'run-queued'>): void {
  const insert = `INSERT INTO runs (id, job, minion, state, catalog, box, generation, wave, boot_id, not_before, queued_at)
    VALUES (@id, @job, @minion, 'queued', @catalog, @box, @generation, @wave, @bootId, @notBefore, @at)`
  db.run(insert, {
    id: event.run,
    job: event.job,
    minion: event.minion,
    catalog: event.catalog,
    box: event.box ?? null,
    generation: event.generation,
    wave: event.wave,
    bootId: event.bootId ?? null,
    notBefore: event.notBefore ?? null,
    at,
  })
}

/** Stores a report, which replaces what was assumed about the run before (lost, expired, superseded). */
function reported(db: Db, at: string, event: EventOf<'report-stored'>): void {
  const run = db.one<{ report: string | null }>('SELECT report FROM runs WHERE id = ?', event.run)
  const state = run === undefined ? undefined : stateAfterReport(run.report !== null, event.state)
  if (state === undefined) return
  const update = `UPDATE runs SET state = @state, report = @report, signature = @signature, counts = @counts,
    problem = @problem, superseded_by = NULL, finished_at = @at WHERE id = @run`
  db.run(update, {
    at,
    run: event.run,
    state,
    report: event.report,
    signature: event.signature,
    counts: canonicalJson(event.counts),
    problem: event.problem === undefined ? null : canonicalJson(event.problem),
  })
}
