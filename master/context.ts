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

/** An order before it is signed: that is done at delivery. */
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

/** The links that minions keep to this master now, as the verbs need them. */
export interface Links {
  isOnline(minion: MinionId): boolean
  /** Milliseconds of one round trip; undefined when it is offline or does not answer in time. */
  ping(minion: MinionId): Promise<number | undefined>
  /** Signs and sends; false when the minion is gone. MESSAGE_TOO_LARGE for a request of a session that fits in no message. */
  order(minion: MinionId, order: UnsignedOrder | UnsignedOpening): boolean
  /** A message of an open channel; false when the minion is gone. */
  tell(minion: MinionId, message: ChannelToMinion): boolean
  /** Lets the minion fetch these blobs. */
  allow(minion: MinionId, hashes: readonly Sha256[]): void
  /** Answers a minion's question for its boot highstate. */
  answerBoot(minion: MinionId, bootId: string, answer: 'order' | 'nothing' | 'cached'): void
  disconnect(minion: MinionId, reason: string): void
}

/** Secrets of the state directory; none of them ever leaves the master. */
interface MasterKeys {
  /** Signs catalogs; its certificate is what minions check. */
  readonly master: KeyObject
  /** HMAC key of slots: a rotation of a secret changes the catalog's hash. */
  readonly slot: Uint8Array
  /** Seals the keys of host certificates and of the authority at rest. */
  readonly atRest: Uint8Array
  /** Directory of the pillar keys. */
  readonly pillarDirectory: string
}

/** What `master status` shows about the process. */
interface MasterFacts {
  readonly version: string
  readonly pid: number
  readonly startedAt: string
  readonly listen: string
  readonly advertised: AdvertisedAddress
  readonly name: string
  readonly rootFingerprint: string
  readonly rootHash: Uint8Array
}

/** Everything that verbs work with; built once by the daemon. */
export interface ControlContext {
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly random: (size: number) => Uint8Array
  /** A fresh X25519 private key for one box. */
  readonly ephemeralKey: () => KeyObject
  readonly store: Store
  readonly addresses: AddressBook
  readonly links: Links
  readonly keyStore: KeyStore
  readonly dispatcher: Dispatcher
  readonly snapshots: SnapshotOrder
  readonly channels: Channels
  /** Absent where no minion is connected. */
  readonly reportIntake?: Pick<ReportIntake, 'overQuota'>
  readonly scheduler: Scheduler
  readonly recordings: Recordings
  readonly keys: MasterKeys
  readonly authority: () => Promise<Authority>
  readonly registry: Registry
  readonly fleetDirectory: string
  readonly fleetReader: FleetReader
  /** The rights that fleet.yml can give. */
  readonly rights: RightsTable
  readonly fleetId: FleetId
  readonly facts: MasterFacts
  /** A line in the daemon's own log: never with a secret. */
  readonly warn: (message: string, facts: { readonly [name: string]: unknown }) => void
}
