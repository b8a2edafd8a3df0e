import type { RunOutcome } from '../../master/jobs/results.ts'

/** Returns how many states of a run changed. */
export function changed({ counts = {} }: RunOutcome): number {
  return counts.changed ?? 0
}

/** Lists every changed or failed state as `outcome type id`, without skipped ones. */
export function outcomes(run: RunOutcome | undefined): readonly string[] {
  return (run?.results ?? [])
    .filter(({ outcome }) => outcome !== 'skipped')
    .map(({ outcome, type, id }) => `${outcome} ${type} ${id}`)
}

/** Lists failures, one line each: states with their problem, checks with what they found. */
export function troubles({ runs }: { readonly runs: readonly RunOutcome[] }): readonly string[] {
  return runs.flatMap(({ minion, results, checks, problem: whole }) => [
    ...results.flatMap(({ key, problem }) => (problem === undefined ? [] : [`${minion} ${key}: ${problem.message}`])),
    ...checks.flatMap(({ key, problem }) => (problem === undefined ? [] : [`${minion} ${key}: ${problem.message}`])),
    ...(whole === undefined ? [] : [`${minion}: ${whole.message}`]),
  ])
}
