import { z } from 'zod'
import { AppError } from '../../protocol/errors.ts'
import { hostOf, isHostAddress, sourceAddress } from '../address/address.ts'
import type { ControlContext } from '../context.ts'
import { takeAddress } from '../control/addresses.ts'
import { type FleetSnapshot, takeSnapshot } from '../control/snapshot.ts'
import type { HeldAddress } from '../store/tables/addresses.ts'
import { suggest } from '../yaml/suggest.ts'
import { defineVerb } from './define.ts'
import { name } from './fields.ts'

/** Verbs for the addresses that minions hold. */

export interface AddressRow {
  readonly address: string
  readonly minion: string
  readonly from: 'inventory' | 'connection'
  /**
   * `used`: it is `minion.address`. `kept`: held for the minion but not in use. `refused`: the minion connected from it, but
   * `holder` has it.
   */
  readonly state: 'used' | 'kept' | 'refused'
  readonly holder?: string
  /** ISO 8601; absent for addresses from the inventory. */
  readonly since?: string
}

export interface ReleasedAddress {
  readonly address: string
  readonly minion: string
}

export interface ReleaseResult {
  readonly released: readonly ReleasedAddress[]
  /** Not released, because the minion is connected from there now. Absent: none. */
  readonly inUse?: readonly ReleasedAddress[]
}

const addressListVerb = defineVerb({
  name: 'address-list',
  input: z.strictObject({}),
  right: { on: 'fleet', kind: 'read' },
  async run(context) {
    return { addresses: rowsOf(context, await takeSnapshot(context)) }
  },
})

export const addressReleaseVerb = defineVerb({
  name: 'address-release',
  input: z.strictObject({ of: name }),
  right: { on: 'fleet', kind: 'write' },
  async run(context, { of }, { caller: { operator } }): Promise<ReleaseResult> {
    const { store } = context
    const host = isHostAddress(of) ? (hostOf(of) ?? of) : undefined
    await learnInventory(context)
    const waiting = store.addresses.refused()
    const meant = store.addresses.list().filter(one => (host === undefined ? one.minion === of : one.address === host))
    const used = meant.filter(one => comesFrom(context, one) && isHeldAgain(context, one))
    const free = meant.filter(one => !used.includes(one))
    const released = free.flatMap(({ address }) => store.addresses.release({ address }, operator))
    const [first] = used
    if (released.length === 0 && first !== undefined) throw usedNow(first)
    if (released.length === 0) throw notHeld(of, rowsOf(context, await takeSnapshot(context)))
    // A minion that was refused and is connected from there now need not reconnect.
    for (const one of waiting) {
      if (released.some(({ address }) => address === one.address) && comesFrom(context, one)) {
        takeAddress(context, one.minion, one.address)
      }
    }
    return { released: released.map(pairOf), ...(used.length === 0 ? {} : { inUse: used.map(pairOf) }) }
  },
})

export const addressVerbs = [addressListVerb, addressReleaseVerb] as const

function pairOf({ address, minion }: Pick<HeldAddress, 'minion' | 'address'>): ReleasedAddress {
  return { address, minion }
}

/**
 * Updates the addresses from the inventory. Unreadable files must not prevent a release: then the inventory that was read last
 * applies.
 */
async function learnInventory(context: ControlContext): Promise<void> {
  await takeSnapshot(context).catch((thrown: unknown) => {
    if (!(thrown instanceof AppError)) throw thrown
  })
}

/**
 * True when a hello of the minion from this address would take it: it is not shared, and the inventory, which comes first,
 * names neither the minion nor another owner.
 */
function isHeldAgain(
  { addresses }: Pick<ControlContext, 'addresses'>,
  { minion, address }: Pick<HeldAddress, 'minion' | 'address'>,
): boolean {
  const owner = addresses.ownerOf(address)
  return !addresses.isShared(address) && !addresses.names(minion) && (owner === undefined || owner === minion)
}

/** True when the minion is connected from this address now. */
function comesFrom(
  { store, links }: ControlContext,
  { minion, address }: Pick<HeldAddress, 'minion' | 'address'>,
): boolean {
  return links.isOnline(minion) && sourceAddress(store.minions.get(minion)?.address ?? '') === address
}

function usedNow({ minion, address }: HeldAddress): AppError {
  return new AppError({
    code: 'ADDRESS_IN_USE',
    message: `\`${minion}\` is connected from \`${address}\` now, so it would hold it again at once`,
    hint: `If it is the wrong host, stop it or \`master keys revoke ${minion}\`. If several minions come from there, add the address to \`shared_addresses\` in \`/etc/saltern/master.yml\` and name each one in inventory.yml: \`${minion}: {address: ${address}}\`.`,
  })
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

/** Lists minions that connected from an address of another minion and have none themselves, which an operator must resolve. */
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
