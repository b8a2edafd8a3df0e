import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { pino } from 'pino'
import { problemsOf } from '../protocol/errors.ts'
import { rightsByName } from './access/rights-by-name.ts'
import type { Note } from './access/with-rights.ts'
import type { MasterConfig } from './config.ts'
import { createCheckpointer } from './control/checkpoints.ts'
import { warnOfWithheld } from './control/withheld.ts'
import { createMetrics } from './metrics/metrics.ts'
import { createRunbookEngine } from './runbooks/engine.ts'
import { endOrphanedSessions } from './sessions/orphaned-sessions.ts'
import { createStreams } from './sessions/streams.ts'
import { openStore } from './store/open.ts'
import { createReportParser } from './store/tables/report-parser.ts'
import { RIGHTS } from './verbs/rights.ts'
import { watchClock } from './wiring/clock-watch.ts'
import { openEntryPoints } from './wiring/entry-points.ts'
import { everySecond } from './wiring/every-second.ts'
import { fleetAtStart } from './wiring/fleet-at-start.ts'
import { openLinks } from './wiring/link-listener.ts'
import { startMaintenance } from './wiring/maintenance.ts'
import { maintenanceTasks } from './wiring/maintenance-tasks.ts'
import { openIdentity } from './wiring/open-state.ts'
import { joinRooms, type RoomContext, type Undo } from './wiring/rooms.ts'
import { steadyNow } from './wiring/steady-now.ts'

const BUNDLED_ROLES = resolve(import.meta.dirname, '..', 'roles')

export interface Daemon {
  readonly listen: string
  close(): Promise<void>
}

/**
 * Builds all components of the master, connects them, and starts listening. Throws AppError for what an operator can fix; a
 * failed start closes what it opened.
 */
export async function startDaemon(config: MasterConfig, version: string): Promise<Daemon> {
  const steps: (() => void | Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const step of steps.splice(0).reverse()) await step()
  }
  try {
    const listen = await start(config, version, step => void steps.push(step))
    return { listen, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

/** Returns the address on which the master listens for minions. */
async function start(config: MasterConfig, version: string, undo: Undo): Promise<string> {
  const fleet = await fleetAtStart(config.fleet, BUNDLED_ROLES, config.state, RIGHTS)
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: 2, sync: true }))
  const warn: RoomContext['warn'] = (message, facts) => log.warn(facts, message)
  const onFault = (thrown: unknown): void => warn('what follows a commit failed', { problems: problemsOf(thrown) })
  const store = openStore(config.state, { now: Date.now, onFault })
  undo(() => store.close())
  undo(() => store.commits.idle())
  const { identity, atRest, isNew } = await openIdentity(store, {
    directory: config.state,
    fleet: fleet.id,
    version,
    newStore: config.newStore,
    warn,
  })
  const { problems } = fleet
  if (problems.length > 0) log.error({ problems }, 'fleet files have problems; commands that need them are refused')
  const metrics = createMetrics({ version, fleet: fleet.id })
  const parser = createReportParser()
  undo(() => parser.close())
  const context = await joinRooms(config, {
    metrics,
    parser,
    version,
    store,
    identity,
    atRest,
    bundledRoles: BUNDLED_ROLES,
    fleet: fleet.id,
    warn,
  })
  const checkpointer = createCheckpointer({
    log: store.log,
    checkpoints: store.checkpoints,
    fleet: fleet.id,
    key: identity.masterKey,
    now: Date.now,
    tell: checkpoint => log.info({ checkpoint }, 'checkpoint of the log'),
  })
  undo(() => checkpointer.sign())
  const elapsed = (): number => performance.now()
  if (!isNew) store.log.append({ type: 'master-started', version, pid: process.pid })
  const note: Note = event => void store.log.append(event)
  const streams = createStreams(context, note)
  // Runs after the links are closed, which ends the streams.
  undo(() => streams.idle())
  await endOrphanedSessions(context)
  const listen = await openLinks({ context, config, identity, metrics, log, elapsed, undo })
  const { keys, blobFiles } = store
  const { pendingKeysMs } = config
  const { recordings } = context
  const maintenance = startMaintenance(
    // A clock that is set wrong for a minute must not delete anything for good.
    maintenanceTasks({ now: steadyNow, keys, pendingKeysMs, checkpointer, recordings, blobFiles }),
    (task, thrown) => log.warn({ task, problems: problemsOf(thrown) }, 'a maintenance task failed; it is tried again'),
  )
  undo(() => maintenance.stop())
  undo(watchClock(context, elapsed, () => maintenance.restart()))
  const looks = [() => context.loopDelay.look(), () => context.dispatcher.lookAtTimes(), () => checkpointer.look()]
  undo(everySecond(looks, thrown => log.warn({ problems: problemsOf(thrown) }, 'a periodic task failed')))
  const rights = rightsByName(context.fleetDirectory, RIGHTS, userInfo().username)
  const runbooks = createRunbookEngine(context, streams.open, rights)
  const parts = { context, config, metrics, log, elapsed, undo, note, openStream: streams.open, runbooks, listen }
  const { dispatch, drain, metricsPort } = await openEntryPoints(parts)
  await warnOfWithheld(context)
  undo(context.background.start(dispatch))
  undo(() => runbooks.close())
  runbooks.resumeLeft()
  // Runs first on close: the store is closed when nothing uses it any more.
  undo(() => drain.end())
  const { rootFingerprint: root } = context.facts
  log.info({ listen, socket: config.socket, fleet: fleet.id, metrics: metricsPort, root }, 'the master is ready')
  return listen
}
