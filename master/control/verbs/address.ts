import { AppError } from '../../../protocol/errors.ts'
import type { MinionId } from '../../../protocol/ids.ts'
import { hostOf, isHostAddress } from '../../address/address.ts'
import { suggest } from '../../yaml/suggest.ts'
import type { AddressRow } from '../answers/address-answers.ts'
import type { ControlContext } from '../context.ts'
import type { Verb } from '../dispatch.ts'
import { type FleetSnapshot, takeSnapshot } from '../snapshot.ts'

/** The verbs about the addresses that minions hold. */

export function addressListVerb(context: ControlContext): Verb<'address-list'> {
  return async () => ({ addresses: rowsOf(context, await takeSnapshot(context)) })
}

export function addressReleaseVerb(context: ControlContext): Verb<'address-release'> {
  return async ({ of }, _emit, _signal, { operator }) => {
    const { store, links } = context
    const which = isHostAddress(of) ? { address: hostOf(of) ?? of } : { minion: of as MinionId }
    const waiting = store.addresses.refused()
    const released = store.addresses.release(which, operator)
    if (released.length === 0) throw notHeld(of, rowsOf(context, await takeSnapshot(context)))
    // Whoever is connected from there now and was refused need not connect again.
    for (const { minion, address } of waiting) {
      const free = released.some(one => one.address === address)
      if (free && links.isHere(minion)) store.addresses.take(minion, address)
    }
    return { released: released.map(({ address, minion }) => ({ address, minion })) }
  }
}

function rowsOf({ store }: ControlContext, { minions }: FleetSnapshot): readonly AddressRow[] {
  const since = new Map(store.addresses.list().map(one => [`${one.minion} ${one.address}`, one.since]))
  const held = minions.flatMap(({ id, addresses, assignment }): readonly AddressRow[] =>
    addresses.all.map(address => {
      const at = since.get(`${id} ${address}`)
      const from = assignment.addresses.length > 0 ? 'inventory' : 'connection'
      const state = address === addresses.address ? 'used' : 'kept'
      return { address, minion: id, from, state, ...(from === 'inventory' || at === undefined ? {} : { since: at }) }
    }),
  )
  const refused = refusedIn(minions, store).map(({ minion, address, holder, at }): AddressRow => {
    return { address, minion, from: 'connection', state: 'refused', holder, since: at }
  })
  return [...held, ...refused]
}

/** Minions that connected from an address of another one, and have no other: the operator has to look at them. */
export function refusedIn(
  minions: FleetSnapshot['minions'],
  { addresses }: Pick<ControlContext['store'], 'addresses'>,
): ReturnType<typeof addresses.refused> {
  const without = new Set(minions.flatMap(({ id, addresses: own }) => (own.address === undefined ? [id] : [])))
  return addresses.refused().filter(({ minion }) => without.has(minion))
}

function notHeld(of: string, rows: readonly AddressRow[]): AppError {
  const row = rows.find(({ address, minion }) => address === of || minion === of)
  const near = suggest(of, [...rows.map(({ minion }) => minion), ...rows.map(({ address }) => address)])
  const hint =
    row?.from === 'inventory'
      ? `\`${row.address}\` is the address of \`${row.minion}\` in inventory.yml: change it there.`
      : near === undefined
        ? 'See `master address list`.'
        : `Did you mean \`${near}\`?`
  return new AppError({
    code: 'ADDRESS_NOT_HELD',
    message: isHostAddress(of)
      ? `no minion holds the address \`${of}\` by its connection`
      : `no address is held for the minion \`${of.slice(0, 80)}\` by its connection`,
    hint,
  })
}
