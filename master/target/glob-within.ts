import { globMatches } from '../../protocol/glob.ts'

/** Maximum number of steps; beyond it the answer is `false`, which grants fewer rights. */
const MOST_STEPS = 20_000

/**
 * True when every minion id that matches `inner` also matches `outer`, both globs of `*` and `?`. Follows all paths through
 * `inner` at once, with all positions that `outer` can have meanwhile; characters that neither pattern names count as one.
 * Pure.
 */
export function globWithin(inner: string, outer: string): boolean {
  if (!/[*?]/.test(inner)) return globMatches(outer, inner)
  // No minion id has a space, so it can represent every character that no pattern names.
  const alphabet = [...new Set(`${inner}${outer}`.match(/[^*?]/g)), ' ']
  const seen = new Set<string>()
  const open = [{ at: 0, places: closure(outer, [0]) }]
  for (let step = 0; step < MOST_STEPS; step++) {
    const current = open.pop()
    if (current === undefined) return true
    for (const { char, at } of moves(inner, current.at, alphabet)) {
      const places = advance(outer, current.places, char)
      // `inner` may end here but `outer` may not, or has no position left.
      if (mayEnd(inner, at) && !places.includes(outer.length)) return false
      const key = `${at}:${places.join(',')}`
      if (seen.has(key)) continue
      seen.add(key)
      open.push({ at, places })
    }
  }
  return false
}

/** True when some text matches both globs. Examines each pair of positions once. Pure. */
export function globsMeet(one: string, other: string): boolean {
  const seen = new Set<string>()
  const open: (readonly [number, number])[] = [[0, 0]]
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    const [i, j] = current
    if (i === one.length && j === other.length) return true
    const key = `${i}:${j}`
    if (seen.has(key)) continue
    seen.add(key)
    const [a, b] = [one[i], other[j]]
    if (a === '*') open.push([i + 1, j])
    if (b === '*') open.push([i, j + 1])
    if (a === undefined || b === undefined) continue
    if (a === '*' && b !== '*') open.push([i, j + 1])
    if (b === '*' && a !== '*') open.push([i + 1, j])
    if (a !== '*' && b !== '*' && (a === b || a === '?' || b === '?')) open.push([i + 1, j + 1])
  }
  return false
}

/** Lists every character that may come at a position of a pattern, with the position after it. */
function moves(
  pattern: string,
  at: number,
  alphabet: readonly string[],
): readonly { readonly char: string; readonly at: number }[] {
  const token = pattern[at]
  if (token === undefined) return []
  if (token === '*') return [...alphabet.map(char => ({ char, at })), ...moves(pattern, at + 1, alphabet)]
  if (token === '?') return alphabet.map(char => ({ char, at: at + 1 }))
  return [{ char: token, at: at + 1 }]
}

function mayEnd(pattern: string, at: number): boolean {
  return /^\**$/.test(pattern.slice(at))
}

/** Returns the positions, and those that can be reached by skipping stars, in ascending order. */
function closure(pattern: string, places: readonly number[]): readonly number[] {
  const all = new Set<number>()
  for (const place of places) {
    let at = place
    all.add(at)
    while (pattern[at] === '*') all.add(++at)
  }
  return [...all].sort((a, b) => a - b)
}

function advance(pattern: string, places: readonly number[], char: string): readonly number[] {
  const next = places.flatMap(at => {
    const token = pattern[at]
    if (token === '*') return [at]
    return token === '?' || token === char ? [at + 1] : []
  })
  return closure(pattern, next)
}
