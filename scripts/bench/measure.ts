/**
 * One line of the benchmark: a measurement and its budget. Ratios are valid on any machine, times only relative to each other.
 */
export interface Finding {
  readonly what: string
  readonly measured: string
  readonly budget: string
  readonly ok: boolean
}

/** Milliseconds that one call takes. */
export async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await act()
  return performance.now() - begun
}

/** Runs both alternately, so that noise affects both, and returns the medians. */
export async function timePair(
  times: number,
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
): Promise<{ readonly first: number; readonly second: number; readonly ratio: number }> {
  const [ones, others]: [number[], number[]] = [[], []]
  for (let turn = 0; turn < times; turn++) {
    ones.push(await timeOf(first))
    others.push(await timeOf(second))
  }
  const [one, other] = [median(ones), median(others)]
  return { first: one, second: other, ratio: one / other }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export function round(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(2)
}
