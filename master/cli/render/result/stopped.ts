import type { StateResult } from '../../../../protocol/report.ts'
import { alikeKey } from '../own-id.ts'
import { NEEDS, noteText, ofSeveral } from '../state-name.ts'
import { type Style, safe } from '../style.ts'
import type { Show } from './show.ts'
import type { ShownRun } from './shown-run.ts'
import { groupStates } from './state-groups.ts'
import { headLines, OWN_IDS, outcomeWord, stateLines } from './state-text.ts'

/** Limit for the states named on one line. */
const MOST_NAMES = 3

/** States of a minion that were not tried for the same reason. */
interface Stopped {
  readonly minion: string
  readonly outcome: 'not-run' | 'blocked'
  readonly why: string | undefined
  readonly states: readonly StateResult[]
}

/**
 * Renders states that were not tried because another state failed or the run was ended: those with the same reason on one line. Pure.
 */
export function stoppedLines(
  runs: readonly ShownRun[],
  all: readonly string[],
  { states, diff }: Show,
  style: Style,
): readonly string[] {
  if (states === 'all') {
    const groups = groupStates(runs, isStopped, diff)
    return groups.flatMap(group => stateLines(group, { all, diff, places: true }, style))
  }
  return gathered(runs.flatMap(stoppedOf)).flatMap(group => {
    const [one] = group
    if (one === undefined) return []
    const ownIds = new Set(group.map(({ why, states: own }) => JSON.stringify([why, idsOf(own)]))).size > 1
    return headLines(
      {
        word: outcomeWord(one.outcome, style),
        pieces: [{ text: stoppedText(one.states) }],
        minions: group.map(({ minion }) => minion),
        all,
        everyName: true,
        dim: [
          ...(ownIds ? [OWN_IDS] : []),
          ...(one.why === undefined
            ? []
            : [safe(one.states.length > 1 ? ofSeveral(noteText(one.why)) : noteText(one.why))]),
        ],
      },
      style,
    )
  })
}

function stoppedOf({ minion, results }: ShownRun): readonly Stopped[] {
  const reasons = rootReasons(results)
  return (['not-run', 'blocked'] as const).flatMap(outcome => {
    const own = results.filter(result => result.outcome === outcome)
    const byReason = Map.groupBy(own, ({ key, note }) => reasons.get(key) ?? note)
    return [...byReason].map(([why, states]): Stopped => ({ minion, outcome, why, states }))
  })
}

/**
 * Finds why each state is blocked: what it needs may be blocked itself, and then the state that failed first is the reason. States are
 * in the order of execution, so what a state needs comes before it. Linear. Pure.
 */
export function rootReasons(results: readonly StateResult[]): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>()
  for (const { key, outcome, note } of results) {
    if (outcome !== 'blocked' || note === undefined) continue
    const needed = NEEDS.exec(note)?.groups?.['key']
    reasons.set(key, (needed === undefined ? undefined : reasons.get(needed)) ?? note)
  }
  return reasons
}

/** Groups what is alike on several minions but for their ids. */
function gathered(stopped: readonly Stopped[]): readonly (readonly Stopped[])[] {
  const groups = Map.groupBy(stopped, ({ minion, outcome, why, states }) => {
    const literal = [outcome, states.map(({ role, type }) => [role, type])]
    return alikeKey({ literal, texts: [why, idsOf(states)] }, minion)
  })
  return [...groups.values()]
}

function idsOf(states: readonly StateResult[]): readonly string[] {
  return states.map(({ id }) => id)
}

function stoppedText(states: readonly StateResult[]): string {
  const names = states.slice(0, states.length > MOST_NAMES ? MOST_NAMES - 1 : MOST_NAMES)
  const shown = names.map(({ type, id }) => `${safe(type)} ${safe(id)}`).join(', ')
  if (states.length === 1) return shown
  const more = states.length - names.length
  return `${states.length} states: ${shown}${more === 0 ? '' : ` and ${more} more`}`
}

function isStopped({ outcome }: StateResult): boolean {
  return outcome === 'blocked' || outcome === 'not-run'
}
