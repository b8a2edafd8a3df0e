import type { AddressRow, ReleaseResult } from '../../verbs/address.ts'
import { type Style, safe } from './style.ts'
import { renderTable } from './table.ts'
import { moment } from './time.ts'

/** Renders which minion holds which address. Pure. */
export function renderAddresses(addresses: readonly AddressRow[], style: Style): string {
  const { yellow, red } = style.colours
  const rows = addresses.map(({ address, minion, from, state, holder, since }) => [
    address,
    minion,
    from,
    since === undefined ? '-' : moment(since),
    state === 'refused'
      ? { text: `refused: held by ${holder ?? 'another minion'}`, paint: red }
      : state === 'kept'
        ? { text: state, paint: yellow }
        : state,
  ])
  return renderTable(['address', 'minion', 'from', 'since', 'state'], rows, style) || 'no addresses are held\n'
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
