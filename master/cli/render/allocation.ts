import type { AllocationRow } from '../../verbs/allocation.ts'
import type { Style } from './style.ts'
import { renderTable } from './table.ts'
import { moment } from './time.ts'

/** Renders the values allocated to minions. Pure. */
export function renderAllocations(allocations: readonly AllocationRow[], style: Style): string {
  const rows = allocations.map(({ allocation, minion, value, since, state }) => [
    allocation,
    minion,
    allocation.includes('@') ? '-' : String(value),
    moment(since),
    state === 'held' ? 'held' : { text: 'idle', paint: style.colours.yellow },
  ])
  return renderTable(['allocation', 'minion', 'value', 'since', 'state'], rows, style) || 'no allocations\n'
}
