import type { KeyObject } from 'node:crypto'
import type { ChannelToMinion } from '../protocol/channel.ts'
import type { FleetId, JobId, MinionId, RunId, SessionId, Sha256 } from '../protocol/ids.ts'
import type { ApplyPayload, CancelPayload, OpenPayload } from '../protocol/order.ts'
import type { Registry } from '../states/registry.ts'
import type { RightsTable } from './access/verb-right.ts'
import type { Authority } from './certificates/authority.ts'
import type { AddressBook } from './control/addresses.ts'
import type { AdvertisedAddress } from './control/advertised-address.ts'
import type { SnapshotOrder } from './control/snapshot-order.ts'
import type { FleetReader } from './fleet/snapshot.ts'
import type { Dispatcher } from './jobs/dispatcher-port.ts'
import type { ReportIntake } from './jobs/report-intake.ts'
import type { KeyStore } from './keys/key-store.ts'
import type { Scheduler } from './scheduler/scheduler-port.ts'
import type { Channels } from './sessions/channels.ts'
import type { Recordings } from './sessions/recordings.ts'
import type { Store } from './store/open.ts'

/** An order before it is signed, which happens on delivery. */
export interface UnsignedOrder {
  readonly run: RunId
  readonly job: JobId
  readonly sequence: number
  readonly payload: ApplyPayload | CancelPayload
}

/** An order for a session, before it is signed. */
export interface UnsignedOpening {
  readonly session: SessionId
  readonly sequence: number
  readonly payload: OpenPayload
}

/** Current links of minions, as the verbs use them. */
export interface Links {
  isOnline(minion: MinionId): boolean
  /** The shortest round trip of the current link so far; undefined when none was measured. */
  roundTripMs(minion: MinionId): number | undefined
  /** The largest window of a stream that the minion takes. */
  largestWindow(minion: MinionId): number
  /** Returns the round-trip time in milliseconds; undefined when the minion is offline or does not answer in time. */
  ping(minion: MinionId): Promise<number | undefined>
  /**
   * Signs and sends an order; false when the minion is offline. Throws MESSAGE_TOO_LARGE for a session request that fits in no
   * message.
   */
  order(minion: MinionId, order: UnsignedOrder | UnsignedOpening): boolean
  /** Sends a message of an open channel; false when the minion is offline. */
  tell(minion: MinionId, message: ChannelToMinion): boolean
  /** Allows the minion to fetch these blobs. */
  allow(minion: MinionId, hashes: readonly Sha256[]): void
  /** Answers a minion's request for its boot highstate. */
  answerBoot(minion: MinionId, bootId: string, answer: 'order' | 'nothing' | 'cached'): void
  disconnect(minion: MinionId, reason: string): void
}

/** Secrets of the state directory; they never leave the master. */
interface MasterKeys {
  /** Signs catalogs; minions verify its certificate. */
  readonly master: KeyObject
  /** HMAC key of slots: rotating a secret changes the catalog's hash. */
  readonly slot: Uint8Array
  /** Encrypts the private keys of host certificates and of the authority at rest. */
  readonly atRest: Uint8Array
  /** Directory of the pillar keys. */
  readonly pillarDirectory: string
}

/** Facts about the process for `master status`. */
interface MasterFacts {
  readonly version: string
  readonly pid: number
  readonly startedAt: string
  readonly stateDirectory: string
  readonly listen: string
  readonly advertised: AdvertisedAddress
  readonly name: string
  readonly rootFingerprint: string
  readonly rootHash: Uint8Array
}

/** Everything that verbs use; built once by the daemon. */
export interface ControlContext {
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly random: (size: number) => Uint8Array
  /** Creates an X25519 private key for one secret bundle. */
  readonly ephemeralKey: () => KeyObject
  readonly store: Store
  readonly addresses: AddressBook
  readonly links: Links
  readonly keyStore: KeyStore
  readonly dispatcher: Dispatcher
  readonly snapshots: SnapshotOrder
  readonly channels: Channels
  /** Absent when no minion can connect. */
  readonly reportIntake?: Pick<ReportIntake, 'overQuota'>
  /** How late the event loop was within the last minute; absent outside of the daemon. */
  readonly loopDelay?: { longestMs(): number }
  readonly scheduler: Scheduler
  readonly recordings: Recordings
  readonly keys: MasterKeys
  readonly authority: () => Promise<Authority>
  readonly registry: Registry
  readonly fleetDirectory: string
  readonly fleetReader: FleetReader
  /** Rights that fleet.yml can grant. */
  readonly rights: RightsTable
  readonly fleetId: FleetId
  readonly facts: MasterFacts
  /** Writes a line to the daemon's own log; must never contain a secret. */
  readonly warn: (message: string, facts: { readonly [name: string]: unknown }) => void
}
