import { cidrContains, freePrefix } from '../../address/address.ts'
import type { AllocationValue } from './input.ts'

/** The range of an allocation: whole numbers, or networks inside a larger one. */
export type AllocationRange =
  | { readonly kind: 'number'; readonly from: number; readonly to: number }
  | { readonly kind: 'prefix'; readonly within: string; readonly length: number }

/** Chooses the lowest free value; undefined when all are taken. The same `taken` gives the same value. Pure. */
export function chooseAllocation(
  range: AllocationRange,
  taken: readonly AllocationValue[],
): AllocationValue | undefined {
  if (range.kind === 'prefix') {
    return freePrefix(
      range.within,
      range.length,
      taken.filter(value => typeof value === 'string'),
    )
  }
  const numbers = new Set(taken)
  for (let number = range.from; number <= range.to; number++) {
    if (!numbers.has(number)) return number
  }
  return undefined
}

/** Checks whether an allocated value is still in its range. Pure. */
export function isInRange(range: AllocationRange, value: AllocationValue): boolean {
  if (range.kind === 'number') return typeof value === 'number' && value >= range.from && value <= range.to
  const fits = typeof value === 'string' && value.endsWith(`/${range.length}`)
  return fits && cidrContains(range.within, value) === true
}

/** Describes a range: `1 to 65535`, `a /48 of 2001:db8::/44`. Pure. */
export function rangeWords(range: AllocationRange): string {
  return range.kind === 'number' ? `${range.from} to ${range.to}` : `a /${range.length} of ${range.within}`
}
