/** Random numbers derived from a seed, so that a loop can be repeated. */
export interface Random {
  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number
  /** True in `percent` of 100 cases. */
  chance(percent: number): boolean
  /** A random item of the list; throws when it is empty. */
  pick<T>(list: readonly T[]): T
  /** A shuffled copy. */
  shuffle<T>(list: readonly T[]): readonly T[]
}

/**
 * Creates a generator that returns the same numbers for the same seed (mulberry32). Each round uses its own, so that `--only`
 * repeats it.
 */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  return {
    between,
    chance: percent => next() * 100 < percent,
    pick: list => {
      const one = list[between(0, list.length - 1)]
      if (one === undefined) throw new Error('cannot pick from an empty list')
      return one
    },
    shuffle: list => {
      const copy = [...list]
      for (let index = copy.length - 1; index > 0; index--) {
        const other = between(0, index)
        ;[copy[index], copy[other]] = [copy[other] as never, copy[index] as never]
      }
      return copy
    },
  }
}
