import { goalOf } from './goals.ts'
import { median, medianRatio } from './median.ts'
import type { Row } from './row.ts'

export interface Measured {
  readonly section: string
  readonly name: string
  readonly n: number
  readonly unit: Row['unit']
  /** One value for each turn. */
  readonly values: readonly number[]
  /** One value for each turn, in the same order. */
  readonly floor?: { readonly name: string; readonly values: readonly number[] } | undefined
  readonly peers?: { readonly [name: string]: readonly number[] }
}

/** Makes a row of what was measured turn by turn. */
export function measuredRow({ section, name, n, unit, values, floor, peers = {} }: Measured): Row {
  if (values.length === 0) throw new Error(`${section}, ${name}: nothing was measured`)
  const bare = {
    section,
    name,
    n,
    unit,
    value: median(values),
    low: Math.min(...values),
    high: Math.max(...values),
    turns: values.length,
    floor: floor === undefined ? null : { name: floor.name, value: median(floor.values) },
    // Memory can shrink between two looks, and a ratio to less than nothing says nothing.
    ratio: floor === undefined || median(floor.values) <= 0 ? null : medianRatio(values, floor.values),
    peers: Object.fromEntries(Object.entries(peers).map(([peer, of]) => [peer, median(of)])),
  }
  return { ...bare, goal: goalOf(bare) }
}
