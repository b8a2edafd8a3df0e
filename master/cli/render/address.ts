import type { AddressRow, ReleaseResult } from '../../verbs/address.ts'
import { type Style, safe } from './style.ts'
import { type Cell, renderTable, type Table, type TableWish, timeColumn } from './table.ts'

export const ADDRESSES: Table<AddressRow> = [
  { name: 'address', cell: ({ address }) => address },
  { name: 'minion', cell: ({ minion }) => minion },
  { name: 'from', rank: 1, cell: ({ from }) => from },
  timeColumn('since', ({ since }) => since, { rank: 2 }),
  { name: 'state', wraps: 16, cell: stateCell },
]

/** Renders which minion holds which address. Pure. */
export function renderAddresses(addresses: readonly AddressRow[], style: Style, wish?: TableWish): string {
  return renderTable(ADDRESSES, addresses, style, wish) || 'no addresses are held\n'
}

function stateCell({ state, holder }: AddressRow, { colours }: Style): Cell | string {
  if (state === 'refused') return { text: `refused: held by ${holder ?? 'another minion'}`, paint: colours.red }
  return state === 'kept' ? { text: state, paint: colours.yellow } : state
}

/** Renders which addresses were released, and which were not. Pure. */
export function renderReleased({ released, inUse = [] }: ReleaseResult, { colours }: Style): string {
  return [
    ...released.map(({ address, minion }) => `${safe(address)} is no longer held for ${safe(minion)}\n`),
    ...inUse.map(({ address, minion }) => {
      return `${colours.yellow('kept')}  ${safe(address)}: ${safe(minion)} is connected from it now and would hold it again at once\n`
    }),
  ].join('')
}
