import { safe } from './safe-text.ts'

/** Made when first used: it loads tables of Unicode, which takes as long as the rest of a command. */
let collator: Intl.Collator | undefined
/** Limit for the names in a list. */
const MOST_NAMES = 3

/** Compares names with numbers in natural order: `web2` before `web10`. Pure. */
export function compareNames(a: string, b: string): number {
  collator ??= new Intl.Collator('en', { numeric: true })
  return collator.compare(a, b)
}

/** Lists names: `web1`, `web1 and web2`, `web1, web2 and web3`, `web1, web2 and 38 more`. Pure. */
export function namesText(minions: readonly string[], most = MOST_NAMES): string {
  const shown = minions.length > most ? most - 1 : minions.length
  const names = minions.slice(0, shown).map(minion => safe(minion))
  if (minions.length > shown) return `${names.join(', ')} and ${minions.length - shown} more`
  const last = names.pop() ?? ''
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`
}
