import { compareNames, namesText } from '../../../protocol/minion-names.ts'

export { namesText } from '../../../protocol/minion-names.ts'

/** Limit for the names in a list, and in one of minions that need attention. */
const MOST_NAMES = 3
export const MOST_FAILED = 20

/** Compares ids with numbers in natural order: `web2` before `web10`. Pure. */
export function byMinion(a: { readonly minion: string }, b: { readonly minion: string }): number {
  return compareNames(a.minion, b.minion)
}

/**
 * Lists some of all minions: `all 20 minions`, `all but web4 and web9`, otherwise their names, of which there are at most `most`. Linear in
 * the number of `minions`. Pure.
 */
export function someOfText(minions: readonly string[], all: readonly string[], most = MOST_NAMES): string {
  const others = all.length - minions.length
  if (minions.length <= MOST_NAMES || others > MOST_NAMES) return namesText(minions, most)
  const own = new Set(minions)
  const without = all.filter(minion => !own.has(minion))
  if (without.length !== others) return namesText(minions, most)
  return others === 0 ? `all ${minionCount(all.length)}` : `all but ${namesText(without)}`
}

/** Formats a count: `1 minion`, `20 minions`. Pure. */
export function minionCount(count: number): string {
  return count === 1 ? '1 minion' : `${count} minions`
}

const NUMBERED = /^(.*?)(0|[1-9]\d*)$/
/** Limit for the names and ranges in `rangesText`. */
const MOST_RANGES = 6

/**
 * Lists minions in natural order with all their names where few ranges are enough, since each has to be found: `web1 to web25 and
 * spare1 (26 minions)`; otherwise as `namesText`. Linear. Pure.
 */
export function rangesText(minions: readonly string[]): string {
  if (minions.length <= MOST_NAMES) return namesText(minions)
  const ranges: { first: string; last: string; next: string | undefined; count: number }[] = []
  for (const minion of minions) {
    const [, stem = '', number] = NUMBERED.exec(minion) ?? []
    const next = number === undefined ? undefined : `${stem}${Number(number) + 1}`
    const range = ranges.at(-1)
    if (range !== undefined && range.next === minion) {
      range.last = minion
      range.next = next
      range.count += 1
    } else ranges.push({ first: minion, last: minion, next, count: 1 })
  }
  if (ranges.length > MOST_RANGES) return namesText(minions)
  const texts = ranges.flatMap(({ first, last, count }) =>
    count < 3 ? [...new Set([first, last])] : [`${first} to ${last}`],
  )
  return `${namesText(texts, texts.length)} (${minionCount(minions.length)})`
}
