import { nextRun, runsBetween } from './cron.ts'
import type { ScheduleEntry, SkipReason } from './entry.ts'

/** A scheduled run this late is still on time: there is one tick per minute, and a tick may be lost. */
const ON_TIME_MS = 90_000
/** Maximum number of scheduled runs of one schedule that wait for the one before. */
export const LONGEST_QUEUE = 100

/** What is known about a schedule when it is checked. */
export interface Standing {
  /** Everything up to this time has been decided. */
  readonly claimedUntilMs: number
  /** A scheduled run of it is in progress. */
  readonly working: boolean
  /** Number of its scheduled runs that wait. */
  readonly waiting: number
}

export type Decision =
  | { readonly kind: 'fire' | 'queue'; readonly dueMs: number }
  /** All runs from `dueMs` up to `untilMs`. */
  | { readonly kind: 'skip'; readonly dueMs: number; readonly untilMs: number; readonly why: SkipReason }

type Rule = Pick<ScheduleEntry, 'cron' | 'timezone' | 'overlap' | 'missed' | 'withinMs'>

/**
 * Decides about everything that came due since the last check, in order. Nothing up to `claimedUntilMs` is decided again, so a
 * clock that goes back starts no run twice. Pure.
 */
export function decideScheduledRuns(rule: Rule, standing: Standing, nowMs: number): readonly Decision[] {
  const decisions: Decision[] = []
  const horizon = nowMs - Math.max(rule.withinMs, ON_TIME_MS)
  let after = standing.claimedUntilMs
  if (after < horizon) {
    const first = nextRun(rule, after)
    if (first === undefined) return []
    if (first < horizon) decisions.push({ kind: 'skip', dueMs: first, untilMs: horizon - 1, why: 'too-late' })
    after = horizon - 1
  }
  const due = runsBetween(rule, after, nowMs)
  const { skipped, wanted } = sortMissed(rule, due, nowMs)
  decisions.push(...skipped)
  let { working, waiting } = standing
  for (const dueMs of wanted) {
    const decision = begin(rule, { working, waiting, late: nowMs - dueMs > ON_TIME_MS }, dueMs)
    if (decision.kind === 'fire') working = true
    if (decision.kind === 'queue') waiting += 1
    decisions.push(decision)
  }
  return decisions
}

/** Decides by `missed` which of the due runs start at all. */
function sortMissed(
  { missed }: Rule,
  due: readonly number[],
  nowMs: number,
): { readonly skipped: readonly Decision[]; readonly wanted: readonly number[] } {
  if (missed === 'all') return { skipped: [], wanted: due }
  const last = due.at(-1)
  const keepLast = last !== undefined && (missed === 'once' || nowMs - last <= ON_TIME_MS)
  const wanted = keepLast ? [last] : []
  const [first] = due
  const until = due.at(keepLast ? -2 : -1)
  const some = first !== undefined && until !== undefined && due.length > wanted.length
  const why = missed === 'once' ? 'made-good' : 'missed'
  return { skipped: some ? [{ kind: 'skip', dueMs: first, untilMs: until, why }] : [], wanted }
}

/** Runs that are caught up with `missed: all` are queued even where a later one would be skipped. */
function begin(
  { overlap }: Rule,
  { working, waiting, late }: { readonly working: boolean; readonly waiting: number; readonly late: boolean },
  dueMs: number,
): Decision {
  if (overlap === 'allow' || (!working && waiting === 0)) return { kind: 'fire', dueMs }
  if (overlap === 'skip' && !late) return { kind: 'skip', dueMs, untilMs: dueMs, why: 'overlap' }
  if (waiting >= LONGEST_QUEUE) return { kind: 'skip', dueMs, untilMs: dueMs, why: 'queue-full' }
  return { kind: 'queue', dueMs }
}
