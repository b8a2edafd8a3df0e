import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { AppError } from '../../protocol/errors.ts'
import type { FleetId } from '../../protocol/ids.ts'
import { atRestKey } from '../keys/at-rest-key.ts'
import {
  createMasterIdentity,
  hasMasterIdentity,
  loadMasterIdentity,
  type MasterIdentity,
  mendMasterIdentity,
} from '../keys/master-identity.ts'
import type { Store } from '../store/open.ts'
import { sealedByKey } from './fleet-authority.ts'

export interface StateWishes {
  readonly directory: string
  readonly fleet: FleetId
  readonly version: string
  /** Starts with an empty store although the identity had one. */
  readonly newStore: boolean
  readonly warn: (message: string, facts: { readonly [name: string]: unknown }) => void
}

/** The contents of the state directory besides the store. */
export interface OpenedState {
  readonly identity: MasterIdentity
  readonly atRest: Uint8Array
  /** The first start of this master: its event is already in the log. */
  readonly isNew: boolean
}

/**
 * Opens the identity that belongs to a store; creates it at the first start. Store and identity must belong together: throws
 * STORE_EMPTY for an empty store next to an identity, IDENTITY_MISSING for a store with a history but no identity, and
 * IDENTITY_DAMAGED.
 */
export async function openIdentity(store: Store, wishes: StateWishes): Promise<OpenedState> {
  const { directory, fleet, version, newStore, warn } = wishes
  const isNew = !(await hasMasterIdentity(directory))
  const last = store.log.lastSeq()
  if (!isNew && last === 0 && !newStore) throw storeEmpty(directory)
  // A single entry is from a first start that was killed before it had created the identity.
  if (isNew && last > 1) throw identityGone(directory)
  const now = Date.now()
  if (isNew) {
    // Before the identity exists, so that an identity next to an empty store always means that the store was lost.
    store.log.append({ type: 'master-started', version, pid: process.pid })
    await createMasterIdentity(directory, fleet, { now, random })
  }
  await mendMasterIdentity(directory, { now, random, warn })
  const identity = await loadMasterIdentity(directory)
  if (identity.fleet !== fleet) throw otherFleet(directory, identity.fleet, fleet)
  const atRest = await atRestKey(directory, { random, ...sealedByKey(store) })
  return { identity, atRest, isNew }
}

function storeEmpty(directory: string): AppError {
  return new AppError({
    code: 'STORE_EMPTY',
    message: `the store \`${join(directory, 'saltern.db')}\` is empty, but \`${join(directory, 'identity')}\` belongs to a master that had a store: the store or its \`-wal\` file was lost`,
    hint: 'Restore the state directory: `master restore FILE`. Without a backup, `master start --new-store` starts with an empty store, and you must accept every minion again.',
  })
}

function identityGone(directory: string): AppError {
  return new AppError({
    code: 'IDENTITY_MISSING',
    message: `there is no \`${join(directory, 'identity')}\`, but the store beside it is not empty: the keys that minions trust are lost`,
    hint: 'Restore the state directory: `master restore FILE`. Without a backup, start with a new one (`--state DIR`) and join every minion again.',
  })
}

function otherFleet(directory: string, has: string, wanted: string): AppError {
  return new AppError({
    code: 'FLEET_INVALID',
    message: `the state directory \`${directory}\` belongs to the fleet \`${has}\`, fleet.yml says \`${wanted}\``,
    hint: 'Give each fleet a state directory of its own: `--state DIR`.',
    source: { file: 'fleet.yml', line: 1, column: 1 },
  })
}

function random(size: number): Uint8Array {
  return new Uint8Array(randomBytes(size))
}
