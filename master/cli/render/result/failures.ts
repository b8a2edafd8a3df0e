import type { Problem } from '../../../../protocol/errors.ts'
import type { StateResult } from '../../../../protocol/report.ts'
import { minionCount, namesText } from '../minion-names.ts'
import { keyWithoutId } from '../own-id.ts'
import { type Style, safe } from '../style.ts'
import { duration } from '../time.ts'
import type { Show } from './show.ts'
import type { ShownRun } from './shown-run.ts'
import { groupStates } from './state-groups.ts'
import { headLines, outcomeWord, problemText, stateLines } from './state-text.ts'

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

/** Limit for the states named on one line. */
const MOST_NAMES = 3

/** Renders all failures: consequences first, and last what must be repaired. Pure. */
export function failureLines({ runs, leftOut, waiting }: Failed, show: Show, style: Style): readonly string[] {
  const { red, yellow } = style.colours
  const of = runs.length + leftOut.length + waiting.length
  return [
    ...undoneLines(waiting, { text: 'waiting', paint: yellow }, style),
    ...undoneLines(leftOut, { text: 'left out', paint: red }, style),
    ...pendingLines(runs, of, style),
    ...stoppedLines(runs, of, show, style),
    ...stateFailures(runs, of, show, style),
    ...checkFailures(runs, of, style),
    ...runFailures(runs, of, style),
  ]
}

function undoneLines(
  undone: readonly Undone[],
  word: { readonly text: string; readonly paint: (text: string) => string },
  style: Style,
): readonly string[] {
  const groups = Map.groupBy(undone, ({ minion, problems }) => keyWithoutId(problems, minion))
  return [...groups.values()].flatMap(group => {
    const names = { text: namesText(group.map(({ minion }) => minion)), paint: style.colours.bold }
    const head = headLines({ word, pieces: [names], minions: [], of: 1, dim: [] }, style)
    return [...head, ...problemText(group[0]?.problems ?? [], style)]
  })
}

/** Renders pending triggers, which the next run executes. */
function pendingLines(runs: readonly ShownRun[], of: number, style: Style): readonly string[] {
  const all = runs.flatMap(({ minion, owed }) => owed.map(({ state, cause }) => ({ minion, state, cause })))
  const groups = Map.groupBy(all, ({ state, cause }) => JSON.stringify([state, cause]))
  return [...groups.values()].flatMap(group => {
    const [{ state, cause } = { state: '', cause: '' }] = group
    return headLines(
      {
        word: { text: 'pending', paint: style.colours.yellow },
        pieces: [{ text: safe(state), paint: style.colours.bold }],
        minions: group.map(({ minion }) => minion),
        of,
        dim: [`runs on the next apply, because ${safe(cause)} changed`],
      },
      style,
    )
  })
}

/** Renders states that were not tried because another state failed or the run was ended, several on one line. */
function stoppedLines(runs: readonly ShownRun[], of: number, { states, diff }: Show, style: Style): readonly string[] {
  if (states === 'all') {
    const groups = groupStates(runs, isStopped, diff)
    return groups.flatMap(group => stateLines(group, { of, diff, places: true }, style))
  }
  const stopped = runs.flatMap(({ minion, results }) => {
    return (['not-run', 'blocked'] as const).flatMap(outcome => {
      const own = results.filter(result => result.outcome === outcome)
      return own.length === 0 ? [] : [{ minion, outcome, own }]
    })
  })
  const groups = Map.groupBy(stopped, ({ outcome, own }) => `${outcome} ${own.map(({ key }) => key).join('\n')}`)
  return [...groups.values()].flatMap(group => {
    const [one] = group
    if (one === undefined) return []
    const { outcome, own } = one
    const word = outcomeWord(outcome, style)
    const minions = group.map(({ minion }) => minion)
    return headLines({ word, pieces: [{ text: stoppedText(own) }], minions, of, dim: noteOf(own) }, style)
  })
}

function stoppedText(states: readonly StateResult[]): string {
  const names = states.slice(0, states.length > MOST_NAMES ? MOST_NAMES - 1 : MOST_NAMES)
  const shown = names.map(({ type, id }) => `${safe(type)} ${safe(id)}`).join(', ')
  if (states.length === 1) return shown
  const more = states.length - names.length
  return `${states.length} states: ${shown}${more === 0 ? '' : ` and ${more} more`}`
}

/** Returns the reason, if it is the same for all states. */
function noteOf(states: readonly StateResult[]): readonly string[] {
  const notes = new Set(states.map(({ note }) => note))
  const [note] = notes
  return notes.size === 1 && note !== undefined ? [safe(note)] : []
}

function stateFailures(runs: readonly ShownRun[], of: number, { diff }: Show, style: Style): readonly string[] {
  const groups = groupStates(
    runs,
    ({ outcome }) => {
      return outcome === 'failed' || outcome === 'reverted' || outcome === 'interrupted'
    },
    diff,
  )
  return groups.flatMap(group => stateLines(group, { of, diff, places: true }, style))
}

function checkFailures(runs: readonly ShownRun[], of: number, style: Style): readonly string[] {
  const failed = runs.flatMap(({ minion, checks }) => {
    return checks.filter(({ outcome }) => outcome === 'failed').map(check => ({ minion, check }))
  })
  const groups = Map.groupBy(failed, ({ check: { key, problem } }) => JSON.stringify([key, problem]))
  return [...groups.values()].flatMap(group => {
    const [{ check } = { check: undefined }] = group
    if (check === undefined) return []
    const minions = group.map(({ minion }) => minion)
    const took = duration(Math.max(...group.map(one => one.check.durationMs)))
    const pieces = [{ text: 'check' }, { text: safe(check.key), paint: style.colours.bold, gap: ' ' }]
    const head = headLines({ word: outcomeWord('failed', style), pieces, minions, of, dim: [took] }, style)
    return check.problem === undefined ? head : [...head, ...problemText([check.problem], style)]
  })
}

/** Renders runs that failed as a whole. */
function runFailures(runs: readonly ShownRun[], of: number, style: Style): readonly string[] {
  const failed = runs.flatMap(({ minion, state, problem }) =>
    problem === undefined ? [] : [{ minion, state, problem }],
  )
  const groups = Map.groupBy(failed, ({ state, problem }) => JSON.stringify([state, problem]))
  return [...groups.values()].flatMap(group => {
    const [one] = group
    if (one === undefined) return []
    const minions = group.map(({ minion }) => minion)
    const pieces = [
      { text: of === 1 ? 'the run' : minions.length === 1 ? 'the run' : `the runs of ${minionCount(minions.length)}` },
    ]
    const head = headLines({ word: outcomeWord(one.state, style), pieces, minions, of, dim: [] }, style)
    return [...head, ...problemText([one.problem], style)]
  })
}

function isStopped({ outcome }: StateResult): boolean {
  return outcome === 'blocked' || outcome === 'not-run'
}
