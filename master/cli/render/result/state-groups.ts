import type { StateResult } from '../../../../protocol/report.ts'
import { type Alike, alikeKey, alikeProblem } from '../own-id.ts'
import type { Show } from './show.ts'
import type { ShownRun } from './shown-run.ts'

/** Minions on which a state had an identical result. */
export interface Variant {
  readonly minions: readonly string[]
  /** Of the first of them. */
  readonly result: StateResult
  /** True: on each of the others its own id stands in place of that of the first. */
  readonly ownIds: boolean
}

/** A state of a role with the same outcome on these minions, and the variants of its result. */
export interface StateGroup {
  readonly first: StateResult
  readonly minions: readonly string[]
  /** True: on each of the others its own id stands in the name of the state in place of that of the first. */
  readonly ownIds: boolean
  /** Sorted by number of minions, largest first. */
  readonly variants: readonly Variant[]
  readonly mostMs: number
}

/** A result, and whose it is. */
interface Own {
  readonly minion: string
  readonly result: StateResult
  /** A state that changed in two rounds has two entries. */
  readonly nth: number
}

/**
 * States by role, id and outcome, in the order in which they ran; without diffs, those that differ in them are equal. What is alike on
 * several minions but for their ids is one state. Linear in states and minions. Pure.
 */
export function groupStates(
  runs: readonly ShownRun[],
  isWanted: (result: StateResult) => boolean,
  diff: Show['diff'],
): readonly StateGroup[] {
  return gathered(ownResults(runs, isWanted), nameOf).map(({ all, ownIds }) => {
    const variants = gathered(all, ({ result }) => textOf(result, diff)).map(({ all: equal, ownIds }): Variant => {
      return { minions: equal.map(({ minion }) => minion), result: firstOf(equal).result, ownIds }
    })
    return {
      first: firstOf(all).result,
      minions: all.map(({ minion }) => minion),
      ownIds,
      variants: variants.sort((a, b) => b.minions.length - a.minions.length),
      mostMs: all.reduce((most, { result }) => Math.max(most, result.durationMs), 0),
    }
  })
}

function ownResults(runs: readonly ShownRun[], isWanted: (result: StateResult) => boolean): readonly Own[] {
  return runs.flatMap(({ minion, rounds, results }) => {
    const seen = new Map<string, number>()
    return results.filter(isWanted).map(result => {
      const nth = seen.get(result.key) ?? 0
      if (rounds > 1) seen.set(result.key, nth + 1)
      return { minion, result, nth }
    })
  })
}

/** Those with equal keys, then those that are alone with theirs by what is left of it without the id of their minion. */
function gathered(
  all: readonly Own[],
  partsOf: (own: Own) => Alike,
): readonly { readonly all: readonly Own[]; readonly ownIds: boolean }[] {
  const equal = [...Map.groupBy(all, own => alikeKey(partsOf(own), undefined)).values()]
  const alike = new Map<string, Own[]>()
  const [mixed, moved] = [new Set<readonly Own[]>(), new Set<readonly Own[]>()]
  for (const group of equal) {
    const [own] = group
    if (own === undefined || group.length > 1) continue
    const key = alikeKey(partsOf(own), own.minion)
    const known = alike.get(key)
    if (known === undefined) {
      alike.set(key, group)
      continue
    }
    known.push(own)
    mixed.add(known)
    moved.add(group)
  }
  return equal.filter(group => !moved.has(group)).map(group => ({ all: group, ownIds: mixed.has(group) }))
}

function firstOf([first]: readonly Own[]): Own {
  if (first === undefined) throw new TypeError('a group of nobody')
  return first
}

/** The role and the type of a state are never those of another; its id may be that of its minion. */
function nameOf({ result: { key, outcome, role, id }, nth }: Own): Alike {
  const head = key.endsWith(id) ? key.slice(0, key.length - id.length) : key
  return { literal: [outcome, nth, role, head], texts: [id] }
}

/** Combines the parts of a result that are shown; context lines of a diff may differ. */
function textOf({ actions, note, output, diff, problem }: StateResult, how: Show['diff']): Alike {
  const changed =
    how === 'none' ? undefined : diff?.split('\n').filter(line => line.startsWith('+') || line.startsWith('-'))
  const { literal, texts } = problem === undefined ? { literal: null, texts: null } : alikeProblem(problem)
  return { literal, texts: [actions.map(({ summary }) => summary), note, output, changed, texts] }
}
