import type { AllocationRow } from '../../verbs/allocation.ts'
import type { Style } from './style.ts'
import { renderTable, type Table, type TableWish, timeColumn } from './table.ts'

export const ALLOCATIONS: Table<AllocationRow> = [
  { name: 'allocation', cell: ({ allocation }) => allocation },
  { name: 'minion', cell: ({ minion }) => minion },
  { name: 'value', wraps: 12, cell: ({ allocation, value }) => (allocation.includes('@') ? '-' : String(value)) },
  timeColumn('since', ({ since }) => since, { rank: 2 }),
  {
    name: 'state',
    rank: 1,
    cell: ({ state }, { colours }) => (state === 'held' ? 'held' : { text: 'idle', paint: colours.yellow }),
  },
]

/** Renders the values allocated to minions. Pure. */
export function renderAllocations(allocations: readonly AllocationRow[], style: Style, wish?: TableWish): string {
  return renderTable(ALLOCATIONS, allocations, style, wish) || 'no allocations\n'
}
