import { mkdir } from 'node:fs/promises'
import { networkInterfaces, userInfo } from 'node:os'
import { dirname } from 'node:path'
import type { Logger } from 'pino'
import { ALL_RIGHTS, type Caller } from '../access/caller.ts'
import type { Note } from '../access/with-rights.ts'
import { createDispatch, type Dispatch } from '../api/dispatch.ts'
import { createDrain, type Drain } from '../api/drain.ts'
import { startApi } from '../api/server.ts'
import type { MasterConfig } from '../config.ts'
import { advertisedAddressOf } from '../control/advertised-address.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { openMetricsServer } from '../metrics/server.ts'
import type { RunbookEngine } from '../runbooks/engine.ts'
import type { OpenStream } from '../sessions/streams.ts'
import { openOperatorListeners } from './listeners.ts'
import { expositionOf } from './metrics.ts'
import type { RoomContext, Undo } from './rooms.ts'

interface EntryPointParts {
  readonly context: RoomContext
  readonly config: MasterConfig
  readonly metrics: Metrics
  readonly log: Logger
  /** Milliseconds of a clock that nobody sets. */
  readonly elapsed: () => number
  readonly undo: Undo
  readonly note: Note
  readonly openStream: OpenStream
  readonly runbooks: RunbookEngine
  /** The address on which the master listens for minions. */
  readonly listen: string
}

interface EntryPoints {
  readonly dispatch: Dispatch
  /** Tracks calls in progress. */
  readonly drain: Drain
  /** undefined: metrics are not served. */
  readonly metricsPort: number | undefined
}

/** Opens the entry points for operators: the administrator's socket, those of fleet.yml, and the metrics port. */
export async function openEntryPoints(parts: EntryPointParts): Promise<EntryPoints> {
  const { context, config, metrics, log, elapsed, undo, note, openStream, runbooks, listen } = parts
  const advertised = advertisedAddressOf(listen, config.address, networkInterfaces())
  const verbContext = { ...context, facts: { ...context.facts, listen, advertised }, runbooks }
  const dispatch = createDispatch(verbContext, { note, elapsed, metrics })
  const drain = createDrain()
  const caller: Caller = { operator: userInfo().username, via: 'socket', rights: ALL_RIGHTS }
  await mkdir(dirname(config.socket), { recursive: true, mode: 0o755 })
  const onFault = (thrown: unknown): void => log.error({ err: thrown }, 'a verb failed because of a bug in Saltern')
  const shared = { dispatch, drain, openStream, onFault }
  const api = await startApi({ ...shared, caller }, config.socket)
  undo(() => api.close())
  const { fleetDirectory, warn } = context
  const operators = await openOperatorListeners({ ...shared, fleetDirectory, mainSocket: config.socket, warn })
  undo(() => operators.close())
  if (config.metrics === undefined) return { dispatch, drain, metricsPort: undefined }
  const server = await openMetricsServer(config.metrics, {
    exposition: expositionOf(context, metrics, elapsed),
    onFault: thrown => log.error({ err: thrown }, 'the metrics could not be served'),
  })
  undo(() => server.close())
  return { dispatch, drain, metricsPort: server.port }
}
