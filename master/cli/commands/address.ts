import { ADDRESSES, renderAddresses, renderReleased } from '../render/address.ts'
import { defineCommand, defineGroup } from './define.ts'
import { one } from './options.ts'

/** Commands for the addresses of minions. */
export const addressCommands = [
  defineGroup('address', 'list and release the trusted addresses of minions'),
  defineCommand({
    words: 'address list',
    isDefault: true,
    help: 'list trusted addresses with their minions, and refused addresses',
    verb: 'address-list',
    input: () => ({}),
    table: ADDRESSES,
    render: ({ addresses }, style, { table }) => renderAddresses(addresses, style, table),
  }),
  defineCommand({
    words: 'address release',
    help: 'release an address, or all addresses of a minion, so that another minion can get it',
    arguments: { of: one('<id-or-address>') },
    verb: 'address-release',
    input: ({ of }) => ({ of }),
    render: renderReleased,
  }),
]
