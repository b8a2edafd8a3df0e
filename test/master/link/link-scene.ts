import { type KeyObject, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { makeJoinToken } from '../../../master/keys/join-tokens.ts'
import { createMasterIdentity, type MasterIdentity } from '../../../master/keys/master-identity.ts'
import type { LinkListener } from '../../../master/link/minion-link.ts'
import { PeerBudgets } from '../../../master/link/peer-budgets.ts'
import type { ReportSink } from '../../../master/link/report-receiver.ts'
import { type LinkDeps, type LinkServer, openLinkServer, tlsExporter } from '../../../master/link/server.ts'
import { openStore, type Store } from '../../../master/store/open.ts'
import { loadIdentity } from '../../../minion/identity.ts'
import { type Connection, connect } from '../../../minion/link/connect.ts'
import { type DurableNumbers, loadNumbers } from '../../../minion/link/durable-state.ts'
import type { MinionIdentity } from '../../../protocol/handshake.ts'
import { minionId } from '../../../protocol/ids.ts'
import { parseJoinToken } from '../../../protocol/join-token.ts'

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size))

/** A real link server on loopback with a real store, and minions that really connect. */
export interface LinkScene {
  /** Contains a state directory for each minion, named after it. */
  readonly directory: string
  readonly identity: MasterIdentity
  readonly server: LinkServer
  readonly store: Store
  /** `event reason` of every log entry of the server. */
  readonly logged: string[]
  /** Creates a token and returns its text. */
  token(wish?: { readonly minion?: string; readonly uses?: number; readonly ttlMs?: number }): string
  connect(id: string, more?: ConnectWish): Promise<Connection>
  identityOf(id: string): Promise<MinionIdentity>
  close(): Promise<void>
}

interface ConnectWish {
  readonly token?: string
  readonly port?: number
  readonly rootHash?: Uint8Array
  readonly exporter?: (socket: TLSSocket) => Uint8Array
  /** Directory name of the minion's state: the same name means the same key. */
  readonly state?: string
  /** Replaces the key in the minion's state directory. */
  readonly sealingKey?: KeyObject
  /** The numbers that a running agent holds in memory. */
  readonly numbers?: DurableNumbers
}

type SceneDeps = Partial<Omit<LinkDeps, 'listener' | 'intake'>> & {
  readonly listener?: Partial<LinkListener>
  readonly intake?: Partial<ReportSink>
}

/** Takes every report, and does nothing with it. */
export function fakeIntake(more: Partial<ReportSink> = {}): ReportSink {
  return { judge: () => 'take', store: () => undefined, refused: () => undefined, ...more }
}

function fakeListener(more: Partial<LinkListener> = {}): LinkListener {
  const { hear = () => undefined } = more
  const greet: LinkListener['greet'] = async (link, hello) => hear(link, hello as never)
  return { add: () => undefined, greet, remove: () => undefined, ...more, hear }
}

export async function openLinkScene(more: SceneDeps = {}): Promise<LinkScene> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-link-'))
  const identity = await createMasterIdentity(join(directory, 'master'), 'fleet-link', { now: Date.now(), random })
  const store = openStore(join(directory, 'store'), { now: Date.now })
  const logged: string[] = []
  const server = await openLinkServer(
    { host: '127.0.0.1', port: 0 },
    {
      masterKey: identity.masterKey,
      certificate: identity.certificate,
      tls: identity.tls,
      keys: store.keys,
      sources: store.sources,
      commits: store.commits,
      budgets: new PeerBudgets(),
      now: Date.now,
      random,
      exporter: tlsExporter,
      readChunk: async () => undefined,
      log: (event, data) => logged.push(`${event} ${String(data['reason'] ?? data['message'])}`),
      ...more,
      listener: fakeListener(more.listener),
      intake: fakeIntake(more.intake),
    },
  )
  return {
    directory,
    identity,
    server,
    store,
    logged,
    token({ minion = '*', uses = 1, ttlMs = 60_000 } = {}) {
      const wish = { roles: ['db'], level: 'staging', uses, ttlMs, operator: 'test', minion }
      const { text, record } = makeJoinToken(wish, identity.rootHash, Date.now(), random)
      store.keys.createToken(record)
      return text
    },
    identityOf: id => loadIdentity(join(directory, id), minionId(id)),
    async connect(id, wish = {}) {
      const state = join(directory, wish.state ?? id)
      const token = wish.token === undefined ? undefined : parseJoinToken(wish.token)
      return connect(
        {
          master: { host: '127.0.0.1', port: wish.port ?? server.port },
          identity: {
            ...(await loadIdentity(state, minionId(id))),
            ...(wish.sealingKey === undefined ? {} : { sealingKey: wish.sealingKey }),
          },
          rootHash: wish.rootHash ?? identity.rootHash,
          numbers: wish.numbers ?? (await loadNumbers(state)),
          join: token,
          now: Date.now,
          elapsed: () => performance.now(),
          exporter: wish.exporter ?? tlsExporter,
        },
        AbortSignal.timeout(45_000),
      )
    },
    async close() {
      await server.close()
      await store.commits.idle()
      store.close()
      // An agent that has just stopped may still write a last mark.
      await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    },
  }
}
