import { safe } from './style.ts'

const BY_NUMBER = new Intl.Collator('en', { numeric: true })

/** Compares ids with numbers in natural order: `web2` before `web10`. Pure. */
export function byMinion(a: { readonly minion: string }, b: { readonly minion: string }): number {
  return BY_NUMBER.compare(a.minion, b.minion)
}

/** Lists names: `web1`, `web1 and web2`, `web1, web2 and web3`, `web1, web2 and 38 more`. Pure. */
export function namesText(minions: readonly string[]): string {
  const shown = minions.length > 3 ? 2 : minions.length
  const names = minions.slice(0, shown).map(minion => safe(minion))
  if (minions.length > shown) return `${names.join(', ')} and ${minions.length - shown} more`
  const last = names.pop() ?? ''
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`
}

/** Formats a count: `1 minion`, `20 minions`. Pure. */
export function minionCount(count: number): string {
  return count === 1 ? '1 minion' : `${count} minions`
}
