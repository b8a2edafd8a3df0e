import type { ApplyEvent } from '../../jobs/results.ts'
import { type FirstFailure, firstFailure } from '../render/first-failure.ts'
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

interface Failure extends FirstFailure {
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
      if (state !== 'done') takeFailure(live, minion, firstFailure(event.run))
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

function takeFailure(live: LiveJob, minion: string, failure: FirstFailure): void {
  live.failed.add(minion)
  const key = alikeKey({ literal: null, texts: failure }, minion)
  const known = live.failures.get(key)
  if (known === undefined && live.failures.size >= MOST_FAILURES) return
  live.explained.add(minion)
  if (known === undefined) live.failures.set(key, { ...failure, minions: new Set([minion]) })
  else known.minions.add(minion)
}
