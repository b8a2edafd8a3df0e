import type { Problem } from '../../protocol/errors.ts'
import type { MasterRecord } from './invariants.ts'

/** Describes each failed run in one line: its problem, and each state that did not succeed with its own problem. Pure. */
export function failuresOf({ runs, reports }: Pick<MasterRecord, 'runs' | 'reports'>): readonly string[] {
  const said = (problem: Problem | undefined): string =>
    problem === undefined ? '' : `: ${problem.code} ${problem.message}`
  return runs
    .filter(({ state }) => state === 'failed')
    .map(({ run, minion, problem }) => {
      const report = reports.find(one => one.run === run)
      const states = (report?.results ?? [])
        .filter(({ outcome }) => outcome === 'failed' || outcome === 'interrupted')
        .map(({ id, outcome, problem: own }) => `; ${id} ${outcome}${said(own)}`)
      return `${minion} failed${said(problem ?? report?.problem)}${states.join('')}`
    })
}
