import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { networkInterfaces, userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pino } from 'pino'
import { problemsOf } from '../protocol/errors.ts'
import { formatHostPort } from '../protocol/host-port.ts'
import type { FleetId } from '../protocol/ids.ts'
import { fingerprintOf } from '../protocol/signature.ts'
import { STATES } from '../states/index.ts'
import { createRegistry } from '../states/registry.ts'
import { ALL_RIGHTS, type Caller } from './access/caller.ts'
import { rightsByName } from './access/rights-by-name.ts'
import { type Note } from './access/with-rights.ts'
import { createDispatch } from './api/dispatch.ts'
import { createDrain } from './api/drain.ts'
import { startApi } from './api/server.ts'
import type { MasterConfig } from './config.ts'
import type { ControlContext } from './context.ts'
import { AddressBook, takeAddress, takeKnownAddresses } from './control/addresses.ts'
import { advertisedAddressOf } from './control/advertised-address.ts'
import { createCheckpointer } from './control/checkpoints.ts'
import { createSnapshotOrder } from './control/snapshot-order.ts'
import { warnOfWithheld } from './control/withheld.ts'
import { createFleetReader } from './fleet/snapshot.ts'
import { answerBoot } from './jobs/boot.ts'
import { RunDispatcher } from './jobs/dispatcher.ts'
import { ReportIntake } from './jobs/report-intake.ts'
import type { MasterIdentity } from './keys/master-identity.ts'
import { descriptorLimit, mostLinkSockets } from './link/descriptors.ts'
import { PeerBudgets } from './link/peer-budgets.ts'
import { openLinkServer, tlsExporter } from './link/server.ts'
import { createMetrics, type Metrics } from './metrics/metrics.ts'
import { openMetricsServer } from './metrics/server.ts'
import { addPillarKey, loadKeyring } from './pillar/keyring.ts'
import { createRunbookEngine } from './runbooks/engine.ts'
import { createChannels } from './sessions/channels.ts'
import { endOrphanedSessions } from './sessions/orphaned-sessions.ts'
import { createRecordings } from './sessions/recordings.ts'
import { createStreams } from './sessions/streams.ts'
import { createBlobReader } from './store/blob-reader.ts'
import { openStore, type Store } from './store/open.ts'
import { createReportParser, type ReportParser } from './store/tables/report-parser.ts'
import { RIGHTS } from './verbs/rights.ts'
import { type BackgroundJobs, createBackgroundJobs } from './wiring/background.ts'
import { watchClock } from './wiring/clock-watch.ts'
import { deferrer } from './wiring/defer.ts'
import { everySecond } from './wiring/every-second.ts'
import { fleetAtStart } from './wiring/fleet-at-start.ts'
import { authorityOf } from './wiring/fleet-authority.ts'
import { rememberSources } from './wiring/known-sources.ts'
import { LiveLinks } from './wiring/links.ts'
import { openOperatorListeners } from './wiring/listeners.ts'
import { expositionOf } from './wiring/metrics.ts'
import { openIdentity } from './wiring/open-state.ts'
import { pendingKeyExpiry } from './wiring/pending-keys.ts'
import { steadyNow } from './wiring/steady-now.ts'
import { whereRoom } from './wiring/where-room.ts'

export interface Daemon {
  readonly listen: string
  close(): Promise<void>
}

const BUNDLED_ROLES = resolve(import.meta.dirname, '..', 'roles')

/** Builds every room and joins them. Throws AppError for what an operator can mend; ends nothing of what it did not start. */
export async function startDaemon(config: MasterConfig, version: string): Promise<Daemon> {
  const fleet = await fleetAtStart(config.fleet, BUNDLED_ROLES, config.state, RIGHTS)
  const undo: (() => void | Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    const store = openStore(config.state, { now: Date.now })
    undo.push(() => store.close())
    const log = pino(
      { base: null, timestamp: pino.stdTimeFunctions.isoTime },
      pino.destination({ dest: 2, sync: true }),
    )
    const { identity, atRest, isNew } = await openIdentity(store, {
      directory: config.state,
      fleet: fleet.id,
      version,
      newStore: config.newStore,
      warn: (message, facts) => log.warn(facts, message),
    })
    const { problems } = fleet
    if (problems.length > 0) log.error({ problems }, 'files of the fleet are broken: what needs them is refused')
    const metrics = createMetrics({ version, fleet: fleet.id })
    const parser = createReportParser()
    undo.push(() => parser.close())
    const context = await joinRooms(config, {
      metrics,
      parser,
      version,
      store,
      identity,
      atRest,
      fleet: fleet.id,
      warn: (message, facts) => log.warn(facts, message),
    })
    const checkpointer = createCheckpointer({
      log: store.log,
      checkpoints: store.checkpoints,
      fleet: fleet.id,
      key: identity.masterKey,
      now: Date.now,
      tell: checkpoint => log.info({ checkpoint }, 'checkpoint of the log'),
    })
    undo.push(() => checkpointer.close())
    const elapsed = (): number => performance.now()
    if (!isNew) store.log.append({ type: 'master-started', version, pid: process.pid })
    const note: Note = event => void store.log.append(event)
    const streams = createStreams(context, note)
    const openStream = streams.open
    // After the link is closed, which ends them.
    undo.push(() => streams.idle())
    await endOrphanedSessions(context)
    const blobReader = createBlobReader(store, elapsed)
    undo.push(() => blobReader.close())
    const linkServer = await openLinkServer(config.listen, {
      masterKey: identity.masterKey,
      certificate: identity.certificate,
      tls: identity.tls,
      exporter: tlsExporter,
      keys: store.keys,
      sources: store.sources,
      mostSockets: mostLinkSockets(descriptorLimit()),
      budgets: new PeerBudgets(),
      now: Date.now,
      random,
      readChunk: (sha256, offset) => blobReader.chunk(sha256, offset),
      intake: context.reportIntake,
      listener: context.links,
      log: (event, data) => {
        metrics.countIncident(event, data['repeated'])
        log.info(data, event)
      },
    })
    undo.push(() => linkServer.close())
    const listen = formatHostPort({ host: config.listen.host, port: linkServer.port })
    undo.push(watchClock(context, elapsed))
    const expiry = { now: Date.now, keepMs: config.pendingKeysMs }
    const looks = [
      pendingKeyExpiry(store.keys, expiry),
      () => context.dispatcher.lookAtTimes(),
      () => checkpointer.look(),
    ]
    undo.push(everySecond(looks, thrown => log.warn({ problems: problemsOf(thrown) }, 'a look at the clock failed')))
    const advertised = advertisedAddressOf(listen, config.address, networkInterfaces())
    const runbooks = createRunbookEngine(
      context,
      openStream,
      rightsByName(context.fleetDirectory, RIGHTS, userInfo().username),
    )
    const verbContext = { ...context, facts: { ...context.facts, listen, advertised }, runbooks }
    const dispatch = createDispatch(verbContext, { note, elapsed, metrics })
    const caller: Caller = { operator: userInfo().username, via: 'socket', rights: ALL_RIGHTS }
    await mkdir(dirname(config.socket), { recursive: true, mode: 0o755 })
    const onFault = (thrown: unknown): void => log.error({ err: thrown }, 'a verb failed by a bug of ours')
    const drain = createDrain()
    const atDoors = { dispatch, drain, openStream }
    const api = await startApi({ ...atDoors, caller, onFault }, config.socket)
    undo.push(() => api.close())
    const { fleetDirectory, warn } = context
    const doors = await openOperatorListeners({
      fleetDirectory,
      mainSocket: config.socket,
      ...atDoors,
      onFault,
      warn,
    })
    undo.push(() => doors.close())
    await warnOfWithheld(context)
    undo.push(context.background.start(dispatch))
    undo.push(context.recordings.start())
    undo.push(() => runbooks.close())
    runbooks.resumeLeft()
    const scraped =
      config.metrics === undefined
        ? undefined
        : await openMetricsServer(config.metrics, {
            exposition: expositionOf(context, metrics, elapsed),
            onFault: thrown => log.error({ err: thrown }, 'the metrics could not be told'),
          })
    undo.push(() => scraped?.close())
    // First of all: the store is closed when nobody works with it any more.
    undo.push(() => drain.end())
    log.info(
      { listen, socket: config.socket, fleet: fleet.id, metrics: scraped?.port, root: context.facts.rootFingerprint },
      'the master is ready',
    )
    return { listen, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

type Live = {
  readonly links: LiveLinks
  readonly background: BackgroundJobs
  readonly reportIntake: ReportIntake
}
type Context = ControlContext & Live

async function joinRooms(
  config: MasterConfig,
  parts: {
    readonly metrics: Metrics
    readonly parser: ReportParser
    readonly version: string
    readonly store: Store
    readonly identity: MasterIdentity
    readonly atRest: Uint8Array
    readonly fleet: FleetId
    readonly warn: ControlContext['warn']
  },
): Promise<Context> {
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
  })
  const fleetDirectory = resolve(config.fleet)
  const background = createBackgroundJobs({ store, now: Date.now, warn, fleetDirectory }, () => context)
  const { certificate } = identity
  const context: Context = {
    now: Date.now,
    random,
    ephemeralKey: () => generateKeyPairSync('x25519').privateKey,
    store,
    addresses,
    links,
    keyStore: store.keys,
    dispatcher,
    snapshots: createSnapshotOrder(),
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
    fleetReader: createFleetReader(fleetDirectory, BUNDLED_ROLES),
    rights: RIGHTS,
    fleetId: fleet,
    facts: {
      version: parts.version,
      pid: process.pid,
      startedAt: new Date().toISOString(),
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

function random(size: number): Uint8Array {
  return new Uint8Array(randomBytes(size))
}
