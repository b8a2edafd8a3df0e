/**
 * A key under which things of several minions are alike that differ only in the id of their minion, as a word of its own or the first
 * label of a name. Pure.
 */
export function keyWithoutId(value: unknown, id: string): string {
  const own = new RegExp(`(?<![a-z0-9-])${id.replaceAll(/[^a-z0-9]/gi, '\\$&')}(?![a-z0-9-])`, 'g')
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? part.replaceAll(own, '\0') : part))
}
