import type { CheckResult } from '../../../../protocol/checks.ts'
import type { Problem } from '../../../../protocol/errors.ts'
import type { LeftOutMinion } from '../../../jobs/results.ts'
import { MOST_FAILED, namesText } from '../minion-names.ts'
import { problemsKey } from '../own-id.ts'
import type { ShownRun } from '../result/shown-run.ts'
import { groupStates, type StateGroup } from '../result/state-groups.ts'
import { type Annotation, annotationsOf, annotationText } from './annotation.ts'
import { isRootFailure, isUnexplained, problemLines, runKey, type Summary, sumOf } from './summary.ts'

/** Failures as errors, offline minions and warnings as warnings, what an apply would change as notices; then a sum. Pure. */
export function renderGithub(summary: Summary): string {
  const { verb, runs, offline, leftOut, waiting, warnings } = summary
  const annotations: readonly Annotation[] = [
    ...groupStates(runs, isRootFailure, 'none').map(failedState),
    ...failedChecks(runs),
    ...failedRuns(runs),
    ...undone(leftOut, 'error', 'left out'),
    // A test can say nothing of a minion that waits; an apply leaves it undone.
    ...undone(waiting, verb === 'apply' ? 'error' : 'warning', 'waiting'),
    ...(offline.length === 0 ? [] : [offlineOnes(offline.map(({ minion }) => minion))]),
    ...annotationsOf(warnings, 'warning'),
    ...groupStates(runs, ({ outcome }) => outcome === 'would-change' || outcome === 'may-change', 'none').map(
      announced,
    ),
  ]
  return `${annotationText(annotations)}${sumOf(summary)}\n`
}

function failedState({ first, minions, ownIds, variants }: StateGroup): Annotation {
  const [most] = variants
  const why = most?.result.problem
  const shown = why === undefined ? [most?.result.note ?? first.outcome] : problemLines(why)
  const others = variants.slice(1).reduce((sum, variant) => sum + variant.minions.length, 0)
  return {
    level: 'error',
    title: `${first.type} ${first.id}: ${first.outcome}`,
    message: [
      namesOf(minions, ownIds || most?.ownIds === true),
      ...shown,
      ...(others === 0 ? [] : [`${others} of them with another message`]),
    ].join('\n'),
    source: first.declaredAt[0],
  }
}

function announced({ first, minions, ownIds, variants }: StateGroup): Annotation {
  const { actions = [], note } = variants[0]?.result ?? {}
  const would = actions.map(({ summary }) => summary)
  return {
    level: 'notice',
    title: `${first.type} ${first.id}: ${first.outcome}`,
    message: [
      namesOf(minions, ownIds || variants[0]?.ownIds === true),
      ...would,
      ...(note === undefined ? [] : [note]),
    ].join('\n'),
    source: first.declaredAt[0],
  }
}

function namesOf(minions: readonly string[], ownIds: boolean): string {
  return `on ${namesText(minions)}${ownIds ? ', each with its own id' : ''}`
}

function failedChecks(runs: readonly ShownRun[]): readonly Annotation[] {
  const failed = runs.flatMap(({ minion, checks }) => {
    return checks.flatMap(check => (check.outcome === 'failed' ? [{ minion, check }] : []))
  })
  return [...Map.groupBy(failed, ({ check }) => check.key)].map(([key, group]) => {
    const problem: CheckResult['problem'] = group[0]?.check.problem
    return {
      level: 'error',
      title: `check ${key}: failed`,
      message: lines(
        group.map(({ minion }) => minion),
        problem,
      ),
    }
  })
}

/** Runs that came to nothing, and not by one of their states. */
function failedRuns(runs: readonly ShownRun[]): readonly Annotation[] {
  const failed = runs.filter(isUnexplained)
  return [...Map.groupBy(failed, runKey).values()].map(group => {
    const { state, problem } = group[0] ?? { state: 'failed' }
    const minions = group.map(({ minion }) => minion)
    return { level: 'error', title: `run: ${state}`, message: lines(minions, problem), source: problem?.source }
  })
}

function undone(minions: readonly LeftOutMinion[], level: 'error' | 'warning', word: string): readonly Annotation[] {
  const all = minions.flatMap(({ minion, problems }) => problems.map(problem => ({ minion, problem })))
  return [...Map.groupBy(all, ({ minion, problem }) => problemsKey([problem], minion)).values()].flatMap(group => {
    const names = `${word}: ${namesText(
      group.map(({ minion }) => minion),
      MOST_FAILED,
    )}`
    return annotationsOf(group[0] === undefined ? [] : [group[0].problem], level).map(one => {
      return { ...one, message: `${names}\n${one.message}` }
    })
  })
}

function offlineOnes(minions: readonly string[]): Annotation {
  return { level: 'warning', title: 'offline', message: `not reached: ${namesText(minions)}` }
}

function lines(minions: readonly string[], problem: Problem | undefined): string {
  return [`on ${namesText(minions)}`, ...(problem === undefined ? [] : problemLines(problem))].join('\n')
}
