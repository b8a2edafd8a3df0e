import type { ApplyEvent, RunOutcome } from '../../jobs/results.ts'
import { alikeKey } from '../render/own-id.ts'

/** Progress of one minion. */
interface WorkingMinion {
  readonly states: number
  /** Number of finished states. */
  done: number
  /** The current state; undefined: none has started. */
  key: string | undefined
  /** When that state started. */
  sinceMs: number
}

interface Failure {
  readonly why: string
  readonly minions: Set<string>
}

/** A running job. Changed in place: copying it for each event would cost the square of the number of minions. */
export interface LiveJob {
  job: string
  verb: string
  round: number
  minions: number
  /** In this round. */
  finished: number
  /** In any round; a minion that fails in two counts once. */
  readonly failed: Set<string>
  /** Those of them that `failures` name. */
  readonly explained: Set<string>
  readonly beganMs: number
  readonly working: Map<string, WorkingMinion>
  /** The first reasons for failures, each with its minions. */
  readonly failures: Map<string, Failure>
}

/** Number of reasons shown while a job runs; the result has all. */
const MOST_FAILURES = 3

export function createLiveJob(nowMs: number): LiveJob {
  return {
    job: '',
    verb: '',
    round: 1,
    minions: 0,
    finished: 0,
    failed: new Set(),
    explained: new Set(),
    beganMs: nowMs,
    working: new Map(),
    failures: new Map(),
  }
}

/** Applies an event to the live job. The cost does not depend on the number of minions. */
export function takeEvent(live: LiveJob, event: ApplyEvent, nowMs: number): void {
  switch (event.type) {
    case 'job':
      Object.assign(live, { job: event.job, verb: event.verb, minions: event.minions.length })
      return
    case 'run':
      if (event.state !== 'running') return
      live.working.set(event.minion, { states: event.states ?? 0, done: 0, key: undefined, sinceMs: nowMs })
      return
    case 'state':
      return takeState(live, event, nowMs)
    case 'finished': {
      const { minion, state } = event.run
      live.working.delete(minion)
      live.finished += 1
      if (state !== 'done') takeFailure(live, minion, whyOf(event.run))
      return
    }
    case 'round':
      Object.assign(live, { round: event.round, minions: event.minions.length, finished: 0 })
      return
    default:
      return event satisfies never
  }
}

function takeState(live: LiveJob, event: Extract<ApplyEvent, { readonly type: 'state' }>, nowMs: number): void {
  const { minion, index, states, key, outcome } = event
  const before = live.working.get(minion)
  if (outcome === undefined) {
    live.working.set(minion, { states, done: index, key, sinceMs: nowMs })
  } else if (before !== undefined) {
    before.done = index + 1
  }
}

function takeFailure(live: LiveJob, minion: string, why: string): void {
  live.failed.add(minion)
  const key = alikeKey({ literal: null, texts: why }, minion)
  const known = live.failures.get(key)
  if (known === undefined && live.failures.size >= MOST_FAILURES) return
  live.explained.add(minion)
  if (known === undefined) live.failures.set(key, { why, minions: new Set([minion]) })
  else known.minions.add(minion)
}

/** Describes the first state, check or problem that made a run fail. Pure. */
function whyOf({ state, results, checks, problem }: RunOutcome): string {
  const failed = results.find(
    ({ outcome }) => outcome === 'failed' || outcome === 'reverted' || outcome === 'interrupted',
  )
  if (failed !== undefined) return `${failed.type} ${failed.id}${codeOf(failed.problem)}`
  const check = checks.find(({ outcome }) => outcome === 'failed')
  if (check !== undefined) return `check ${check.key}${codeOf(check.problem)}`
  return `${state}${codeOf(problem)}`
}

function codeOf(problem: { readonly code: string; readonly message: string } | undefined): string {
  if (problem === undefined) return ''
  const [first = ''] = problem.message.split('\n', 1)
  return `: ${problem.code}: ${first}`
}
