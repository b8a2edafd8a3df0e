import type { Logger } from 'pino'
import { formatHostPort } from '../../protocol/host-port.ts'
import type { MasterConfig } from '../config.ts'
import type { MasterIdentity } from '../keys/master-identity.ts'
import { descriptorLimit, mostLinkSockets } from '../link/descriptors.ts'
import { PeerBudgets } from '../link/peer-budgets.ts'
import { openLinkServer, tlsExporter } from '../link/server.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { createBlobReader } from '../store/blob-reader.ts'
import { type RoomContext, random, type Undo } from './rooms.ts'

interface LinkListenerParts {
  readonly context: RoomContext
  readonly config: MasterConfig
  readonly identity: MasterIdentity
  readonly metrics: Metrics
  readonly log: Logger
  /** Milliseconds of a clock that nobody sets. */
  readonly elapsed: () => number
  readonly undo: Undo
}

/** Listens for minions. Returns the address with the port that was actually opened. */
export async function openLinks({
  context,
  config,
  identity,
  metrics,
  log,
  elapsed,
  undo,
}: LinkListenerParts): Promise<string> {
  const { store } = context
  const blobReader = createBlobReader(store, elapsed)
  undo(() => blobReader.close())
  const server = await openLinkServer(config.listen, {
    masterKey: identity.masterKey,
    certificate: identity.certificate,
    tls: identity.tls,
    exporter: tlsExporter,
    keys: store.keys,
    sources: store.sources,
    commits: store.commits,
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
  undo(() => server.close())
  return formatHostPort({ host: config.listen.host, port: server.port })
}
