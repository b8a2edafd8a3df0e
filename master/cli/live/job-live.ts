import type { ApplyEvent, RunOutcome } from '../../jobs/results.ts'

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

/** A running job. Changed in place: copying it for each event would cost the square of the number of minions. */
export interface LiveJob {
  job: string
  verb: string
  round: number
  minions: number
  finished: number
  failed: number
  readonly beganMs: number
  readonly working: Map<string, WorkingMinion>
  /** The first failures, each with its minion and reason. */
  readonly failures: { readonly minion: string; readonly why: string }[]
}

/** Number of failures shown while a job runs; the result has all. */
const MOST_FAILURES = 3

export function createLiveJob(nowMs: number): LiveJob {
  return {
    job: '',
    verb: '',
    round: 1,
    minions: 0,
    finished: 0,
    failed: 0,
    beganMs: nowMs,
    working: new Map(),
    failures: [],
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
      if (state === 'done') return
      live.failed += 1
      if (live.failures.length < MOST_FAILURES) live.failures.push({ minion, why: whyOf(event.run) })
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

function codeOf(problem: { readonly code: string } | undefined): string {
  return problem === undefined ? '' : `: ${problem.code}`
}
