import { safe } from './style.ts'

const BY_NUMBER = new Intl.Collator('en', { numeric: true })

/** Limit for the names in a list, and in one of minions that need attention. */
const MOST_NAMES = 3
export const MOST_FAILED = 20

/** Compares ids with numbers in natural order: `web2` before `web10`. Pure. */
export function byMinion(a: { readonly minion: string }, b: { readonly minion: string }): number {
  return BY_NUMBER.compare(a.minion, b.minion)
}

/** Lists names: `web1`, `web1 and web2`, `web1, web2 and web3`, `web1, web2 and 38 more`. Pure. */
export function namesText(minions: readonly string[], most = MOST_NAMES): string {
  const shown = minions.length > most ? most - 1 : minions.length
  const names = minions.slice(0, shown).map(minion => safe(minion))
  if (minions.length > shown) return `${names.join(', ')} and ${minions.length - shown} more`
  const last = names.pop() ?? ''
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`
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
