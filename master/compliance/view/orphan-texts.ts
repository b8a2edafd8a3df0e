import { counted } from '../../../protocol/amounts.ts'
import type { MinionJudgement } from '../report.ts'

/** Limit for the minions that a line names. */
const MOST_NAMES = 5

/** Counts orphans, a line for each number of them: `web1 has 3 orphans: master orphans web1`. Pure. */
export function orphanTexts(minions: readonly MinionJudgement[]): readonly string[] {
  const groups = Map.groupBy(
    minions.filter(({ orphans = [] }) => orphans.length > 0),
    ({ orphans = [] }) => orphans.length,
  )
  return [...groups].toSorted(([a], [b]) => b - a).map(([number, group]) => textOf(number, group))
}

function textOf(number: number, group: readonly MinionJudgement[]): string {
  const names = group.map(({ minion }) => minion)
  const orphans = counted(number, 'orphan')
  if (names.length === 1) return `${names.join('')} has ${orphans}: master orphans ${names.join('')}`
  if (names.length > MOST_NAMES) return `${names.length} minions have ${orphans} each: master orphans`
  return `${names.join(', ')} have ${orphans} each: master orphans ${names.join(',')}`
}
