import type { Problem } from '../../../../protocol/errors.ts'
import { MOST_FAILED, namesText } from '../minion-names.ts'
import { problemsKey } from '../own-id.ts'
import { stateName } from '../state-name.ts'
import { type Style, safe } from '../style.ts'
import { duration } from '../time.ts'
import type { Show } from './show.ts'
import type { ShownRun } from './shown-run.ts'
import { groupStates } from './state-groups.ts'
import { headLines, OWN_IDS, outcomeWord, problemText, stateLines } from './state-text.ts'
import { stoppedLines } from './stopped.ts'

/** A minion without a run, and why. */
export interface Undone {
  readonly minion: string
  readonly problems: readonly Problem[]
}

interface Failed {
  readonly runs: readonly ShownRun[]
  readonly leftOut: readonly Undone[]
  readonly waiting: readonly Undone[]
}

/** Renders all failures: consequences first, and last what must be repaired. Pure. */
export function failureLines({ runs, leftOut, waiting }: Failed, show: Show, style: Style): readonly string[] {
  const { red, yellow } = style.colours
  const all = [runs, leftOut, waiting].flatMap(minions => minions.map(({ minion }) => minion))
  return [
    ...undoneLines(waiting, { text: 'waiting', paint: yellow }, style),
    ...undoneLines(leftOut, { text: 'left out', paint: red }, style),
    ...pendingLines(runs, all, style),
    ...stoppedLines(runs, all, show, style),
    ...stateFailures(runs, all, show, style),
    ...checkFailures(runs, all, style),
    ...runFailures(runs, all, style),
  ]
}

function undoneLines(
  undone: readonly Undone[],
  word: { readonly text: string; readonly paint: (text: string) => string },
  style: Style,
): readonly string[] {
  const groups = Map.groupBy(undone, ({ minion, problems }) => problemsKey(problems, minion))
  return [...groups.values()].flatMap(group => {
    const minions = group.map(({ minion }) => minion)
    const names = { text: namesText(minions, MOST_FAILED), paint: style.colours.bold }
    const dim = ownIdsOf(group.map(({ problems }) => problems))
    const head = headLines({ word, pieces: [names], minions: [], all: [], dim }, style)
    return [...head, ...problemText(group[0]?.problems ?? [], style)]
  })
}

/** Renders pending triggers, which the next run executes. */
function pendingLines(runs: readonly ShownRun[], all: readonly string[], style: Style): readonly string[] {
  const pending = runs.flatMap(({ minion, owed }) => owed.map(({ state, cause }) => ({ minion, state, cause })))
  const groups = Map.groupBy(pending, ({ state, cause }) => JSON.stringify([state, cause]))
  return [...groups.values()].flatMap(group => {
    const [{ state, cause } = { state: '', cause: '' }] = group
    return headLines(
      {
        word: { text: 'pending', paint: style.colours.yellow },
        pieces: [{ text: safe(stateName(state)), paint: style.colours.bold }],
        minions: group.map(({ minion }) => minion),
        all,
        dim: [`runs on the next apply, because ${safe(stateName(cause))} changed`],
      },
      style,
    )
  })
}

function stateFailures(
  runs: readonly ShownRun[],
  all: readonly string[],
  { diff }: Show,
  style: Style,
): readonly string[] {
  const groups = groupStates(
    runs,
    ({ outcome }) => {
      return outcome === 'failed' || outcome === 'reverted' || outcome === 'interrupted'
    },
    diff,
  )
  return groups.flatMap(group => stateLines(group, { all, diff, places: true }, style))
}

function checkFailures(runs: readonly ShownRun[], all: readonly string[], style: Style): readonly string[] {
  const failed = runs.flatMap(({ minion, checks }) => {
    return checks.filter(({ outcome }) => outcome === 'failed').map(check => ({ minion, check }))
  })
  const groups = Map.groupBy(failed, ({ minion, check: { key, problem } }) => {
    return `${JSON.stringify(key)}${problemsKey(problem === undefined ? [] : [problem], minion)}`
  })
  return [...groups.values()].flatMap(group => {
    const [{ check } = { check: undefined }] = group
    if (check === undefined) return []
    const minions = group.map(({ minion }) => minion)
    const took = duration(group.reduce((most, one) => Math.max(most, one.check.durationMs), 0))
    const pieces = [{ text: 'check' }, { text: safe(check.key), paint: style.colours.bold, gap: ' ' }]
    const dim = [...ownIdsOf(group.map(one => one.check.problem)), took]
    const word = outcomeWord('failed', style)
    const head = headLines({ word, pieces, minions, all, everyName: true, dim }, style)
    return check.problem === undefined ? head : [...head, ...problemText([check.problem], style)]
  })
}

/** Renders runs that failed as a whole. */
function runFailures(runs: readonly ShownRun[], all: readonly string[], style: Style): readonly string[] {
  const failed = runs.flatMap(({ minion, state, problem }) =>
    problem === undefined ? [] : [{ minion, state, problem }],
  )
  const groups = Map.groupBy(failed, ({ minion, state, problem }) => `${state}${problemsKey([problem], minion)}`)
  return [...groups.values()].flatMap(group => {
    const [one] = group
    if (one === undefined) return []
    const minions = group.map(({ minion }) => minion)
    const pieces = [{ text: minions.length === 1 ? 'the run' : `${minions.length} runs` }]
    const dim = ownIdsOf(group.map(({ problem }) => problem))
    const word = outcomeWord(one.state, style)
    const head = headLines({ word, pieces, minions, all, everyName: true, dim }, style)
    return [...head, ...problemText([one.problem], style)]
  })
}

/** Says that the text shown is that of the first minion, where others have their own id in it. */
function ownIdsOf(texts: readonly unknown[]): readonly string[] {
  return new Set(texts.map(text => JSON.stringify(text))).size > 1 ? [OWN_IDS] : []
}
