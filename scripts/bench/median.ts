export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

/** Median of the ratios turn by turn; null when the other side is 0, so that there is no ratio. */
export function medianRatio(values: readonly number[], others: readonly number[]): number | null {
  const ratios = values.flatMap((value, turn) => {
    const other = others[turn]
    return other === undefined || other === 0 ? [] : [value / other]
  })
  return ratios.length === 0 ? null : median(ratios)
}
