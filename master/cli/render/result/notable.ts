import { formatPosition } from '../../../../protocol/source.ts'
import { namesText } from '../minion-names.ts'
import { orphanCountLines } from '../orphans.ts'
import { type Style, safe } from '../style.ts'
import type { Show } from './show.ts'
import type { ShownRun } from './shown-run.ts'
import { groupStates } from './state-groups.ts'
import { headLines, outcomeWord, stateLines } from './state-text.ts'

/** Renders what changed or may change; with `all`, also every other state that did not fail. Pure. */
export function changeLines(
  runs: readonly ShownRun[],
  { states, diff, skipped = false }: Show,
  style: Style,
): readonly string[] {
  if (states === 'none' || states === 'failed') return []
  const all = runs.map(({ minion }) => minion)
  const groups = groupStates(
    runs,
    ({ outcome }) => {
      if (outcome === 'changed' || outcome === 'would-change' || outcome === 'may-change') return true
      if (outcome === 'skipped' && skipped) return true
      return states === 'all' && (outcome === 'unchanged' || outcome === 'skipped')
    },
    diff,
  )
  return [
    ...groups.flatMap(group => stateLines(group, { all, diff, places: states === 'all' }, style)),
    ...openChecks(runs, all, style),
  ]
}

/** Renders inconclusive checks: in a dry run, what they check would change. One line for all of a minion. */
function openChecks(runs: readonly ShownRun[], all: readonly string[], style: Style): readonly string[] {
  const open = runs.flatMap(({ minion, checks }) => {
    return (['may-change', 'not-run'] as const).flatMap(outcome => {
      const keys = checks.filter(check => check.outcome === outcome).map(({ key }) => key)
      return keys.length === 0 ? [] : [{ minion, outcome, keys }]
    })
  })
  const groups = Map.groupBy(open, ({ outcome, keys }) => `${outcome} ${keys.join('\n')}`)
  return [...groups.values()].flatMap(group => {
    const [{ outcome, keys } = { outcome: 'not-run' as const, keys: [] }] = group
    const minions = group.map(({ minion }) => minion)
    const named = namesText(keys)
    const text = keys.length === 1 ? `check ${named}` : `${keys.length} checks: ${named}`
    return headLines({ word: outcomeWord(outcome, style), pieces: [{ text }], minions, all, dim: [] }, style)
  })
}

/** Renders orphans, which no role declares any more: their number, or with `all` each of them. Pure. */
export function orphanLines(runs: readonly ShownRun[], { states }: Show, style: Style): readonly string[] {
  if (states === 'none' || states === 'failed') return []
  if (states !== 'all')
    return orphanCountLines(
      runs.map(({ minion, orphans }) => ({ minion, count: orphans.length })),
      style,
    )
  const all = runs.map(({ minion }) => minion)
  const held = runs.flatMap(({ minion, orphans }) => orphans.map(orphan => ({ minion, orphan })))
  const groups = [
    ...Map.groupBy(held, ({ orphan }) => JSON.stringify([orphan.thing, orphan.made, orphan.declaredAt])).values(),
  ]
  return groups.flatMap(group => {
    const [{ orphan } = { orphan: undefined }] = group
    if (orphan === undefined) return []
    const { thing, made, declaredAt } = orphan
    const [at] = declaredAt
    const was = at === undefined ? '' : `, was declared at ${safe(formatPosition(at))}`
    const why = `${made ? 'made' : 'kept'} by a role that no longer declares it${was}`
    const minions = group.map(({ minion }) => minion)
    const word = { text: 'orphan', paint: style.colours.yellow }
    const pieces = [{ text: safe(thing), paint: style.colours.bold }]
    return headLines({ word, pieces, minions, all, dim: [why] }, style)
  })
}
