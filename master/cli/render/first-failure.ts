import type { Problem } from '../../../protocol/errors.ts'
import type { RunOutcome } from '../../jobs/results.ts'
import { causeOf } from './cause.ts'

/** What made a run fail. Texts of a minion, not safe. */
export interface FirstFailure {
  /** A state, a check, or the state of the run. */
  readonly what: string
  /** Empty: unknown. */
  readonly cause: string
}

/** Finds the first state, check or problem that made a run fail. Pure. */
export function firstFailure({
  state,
  results,
  checks,
  problem,
}: Pick<RunOutcome, 'state' | 'results' | 'checks'> & { readonly problem?: Problem }): FirstFailure {
  const failed = results.find(
    ({ outcome }) => outcome === 'failed' || outcome === 'reverted' || outcome === 'interrupted',
  )
  if (failed !== undefined) return { what: `${failed.type} ${failed.id}`, cause: causeText(failed.problem) }
  const check = checks.find(({ outcome }) => outcome === 'failed')
  if (check !== undefined) return { what: `check ${check.key}`, cause: causeText(check.problem) }
  return { what: `the run ${state === 'failed' ? 'failed' : `was ${state}`}`, cause: causeText(problem) }
}

function causeText(problem: Problem | undefined): string {
  return problem === undefined ? '' : causeOf(problem)
}
