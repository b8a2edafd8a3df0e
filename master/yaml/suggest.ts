/** Returns the candidate nearest to a mistyped word, or undefined when none is near. Pure. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const bound = Math.max(1, Math.floor(word.length / 3))
  let best: string | undefined
  let bestDistance = bound + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > bound) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Matches words that remove, stop or disable something. */
const UNDOES = /^(?:un|dis|no_?)|absent|remov|purg|delet|revok|dead|stop|kill/

/**
 * Returns the nearest candidate with the same intent: never one that removes something for one that creates it, nor the
 * reverse. Both parts of a name such as `file.append` must be near. Pure.
 */
export function suggestSameIntent(word: string, candidates: Iterable<string>): string | undefined {
  const [area = '', verb] = word.split('.')
  const undoes = UNDOES.test(verb ?? area)
  const fitting = [...candidates].filter(candidate => {
    const [itsArea = '', itsVerb] = candidate.split('.')
    if (UNDOES.test(itsVerb ?? itsArea) !== undoes) return false
    if (verb === undefined || itsVerb === undefined) return verb === itsVerb
    return suggest(area, [itsArea]) !== undefined && suggest(verb, [itsVerb]) !== undefined
  })
  return suggest(word, fitting)
}

/** Computes the optimal string alignment distance: insert, delete, replace, swap neighbours. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const costs = [(last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1)]
      if (swap) costs.push((beforeLast[j - 2] ?? 0) + 1)
      row.push(Math.min(...costs))
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
