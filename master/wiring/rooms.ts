import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import type { FleetId } from '../../protocol/ids.ts'
import { fingerprintOf } from '../../protocol/signature.ts'
import { STATES } from '../../states/index.ts'
import { createRegistry } from '../../states/registry.ts'
import type { MasterConfig } from '../config.ts'
import type { ControlContext } from '../context.ts'
import { AddressBook, takeAddress, takeKnownAddresses } from '../control/addresses.ts'
import { createSnapshotOrder } from '../control/snapshot-order.ts'
import { createFleetReader } from '../fleet/snapshot.ts'
import { answerBoot } from '../jobs/boot.ts'
import { RunDispatcher } from '../jobs/dispatcher.ts'
import { ReportIntake } from '../jobs/report-intake.ts'
import type { MasterIdentity } from '../keys/master-identity.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { addPillarKey, loadKeyring } from '../pillar/keyring.ts'
import { createChannels } from '../sessions/channels.ts'
import { createRecordings } from '../sessions/recordings.ts'
import type { Store } from '../store/open.ts'
import type { ReportParser } from '../store/tables/report-parser.ts'
import { RIGHTS } from '../verbs/rights.ts'
import { type BackgroundJobs, createBackgroundJobs } from './background.ts'
import { deferrer } from './defer.ts'
import { authorityOf } from './fleet-authority.ts'
import { rememberSources } from './known-sources.ts'
import { LiveLinks } from './links.ts'
import { LoopDelay } from './loop-delay.ts'
import { steadyNow } from './steady-now.ts'
import { whereRoom } from './where-room.ts'

/** Registers how to undo a step of the start; the last step is undone first. */
export type Undo = (step: () => void | Promise<void>) => void

type Live = {
  readonly links: LiveLinks
  readonly background: BackgroundJobs
  readonly reportIntake: ReportIntake
  readonly loopDelay: LoopDelay
}
/** The shared context of a running master, and the parts that only the daemon uses. */
export type RoomContext = ControlContext & Live

/** Builds the components of the master and connects them; nothing listens yet. */
export async function joinRooms(
  config: MasterConfig,
  parts: {
    readonly metrics: Metrics
    readonly parser: ReportParser
    readonly version: string
    readonly store: Store
    readonly identity: MasterIdentity
    readonly atRest: Uint8Array
    /** The directory of the bundled roles. */
    readonly bundledRoles: string
    readonly fleet: FleetId
    readonly warn: ControlContext['warn']
  },
): Promise<RoomContext> {
  const { metrics, parser, store, identity, atRest, fleet, warn } = parts
  const pillarDirectory = join(config.state, 'pillar')
  if ((await loadKeyring(pillarDirectory)).length === 0) await addPillarKey(pillarDirectory, random(32), Date.now())
  const addresses = new AddressBook(config.sharedAddresses)
  whereRoom(warn, () => store.together(() => takeKnownAddresses({ store, addresses })))
  whereRoom(warn, () => rememberSources(store, Date.now()))
  const links = new LiveLinks({
    metrics,
    fleet,
    masterKey: identity.masterKey,
    keys: store.keys,
    minions: store.minions,
    commits: store.commits,
    now: Date.now,
    warn,
    heard: () => dispatcher,
    channels: () => channels,
    arrived: (minion, address) => takeAddress({ store, addresses }, minion, address),
    boot: (minion, bootId) => answerBoot(context, minion, bootId),
  })
  const channels = createChannels({ send: (minion, message) => links.tell(minion, message) })
  const dispatcher = new RunDispatcher({
    store,
    links,
    keyStore: store.keys,
    master: identity.masterKey,
    fleet,
    now: Date.now,
    defer: deferrer(warn),
    commits: store.commits,
  })
  const fleetDirectory = resolve(config.fleet)
  const background = createBackgroundJobs({ store, now: Date.now, warn, fleetDirectory }, () => context)
  const { certificate } = identity
  const context: RoomContext = {
    now: Date.now,
    random,
    ephemeralKey: () => generateKeyPairSync('x25519').privateKey,
    store,
    addresses,
    links,
    keyStore: store.keys,
    dispatcher,
    snapshots: createSnapshotOrder(),
    loopDelay: new LoopDelay(() => performance.now()),
    channels,
    background,
    scheduler: background.scheduler,
    recordings: createRecordings({
      directory: join(config.state, 'recordings'),
      rule: config.recordings,
      store,
      now: steadyNow,
      warn,
    }),
    keys: { master: identity.masterKey, slot: identity.slotKey, atRest, pillarDirectory },
    authority: authorityOf(store, { fleet, atRest, random }),
    registry: createRegistry(STATES),
    reportIntake: new ReportIntake({ store, rule: config.reports, parser, dispatcher, now: Date.now }),
    fleetDirectory,
    fleetReader: createFleetReader(fleetDirectory, parts.bundledRoles),
    rights: RIGHTS,
    fleetId: fleet,
    facts: {
      version: parts.version,
      pid: process.pid,
      startedAt: new Date().toISOString(),
      stateDirectory: config.state,
      listen: '',
      advertised: { address: '', isGuess: true },
      name: config.name,
      rootFingerprint: fingerprintOf(certificate.rootKey),
      rootHash: identity.rootHash,
    },
    warn,
  }
  return context
}

export function random(size: number): Uint8Array {
  return new Uint8Array(randomBytes(size))
}
