import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { openCatalog } from '../../minion/jobs/open-catalog.ts'
import { reportOf } from '../../minion/jobs/run-catalog.ts'
import { LinkClient } from '../../minion/link/client.ts'
import { type Connection, tlsExporter } from '../../minion/link/connect.ts'
import type { LinkNumbers } from '../../minion/link/durable-state.ts'
import type { Outbox } from '../../minion/link/outbox.ts'
import type { BlobRef } from '../../protocol/catalog.ts'
import type { MinionId, RunId } from '../../protocol/ids.ts'
import type { JoinToken } from '../../protocol/join-token.ts'
import type { SignedOrder } from '../../protocol/messages.ts'
import { openOrder } from '../../protocol/order.ts'
import { resultOf } from '../../protocol/report.ts'
import { encodeReport } from '../../protocol/report-codec.ts'
import { keyHash, rawPublicKey } from '../../protocol/signature.ts'
import { STATES } from '../../states/index.ts'
import { createRegistry } from '../../states/registry.ts'
import { GRAINS } from '../../test/master/compile/compile-scene.ts'

const registry = createRegistry(STATES)

export interface SimulatedMinion {
  readonly id: MinionId
  readonly port: number
  readonly token: JoinToken
  /** Loopback address to connect from; the system chooses if absent. */
  readonly localAddress?: string
  readonly onReady: () => void
  readonly onLost: () => void
  /** Called when the master has stored a report. */
  readonly onStored: () => void
  readonly onProblem: (message: string) => void
}

/**
 * Simulates a minion without a host: real TLS, the real handshake, link and order verification, and a signed report with
 * `unchanged` for every state of the verified catalog. It keeps its state in memory.
 */
export function simulateMinion(minion: SimulatedMinion): LinkClient {
  const { id, port, token, onReady, onLost, onStored, onProblem } = minion
  const identity = {
    id,
    identityKey: generateKeyPairSync('ed25519').privateKey,
    sealingKey: generateKeyPairSync('x25519').privateKey,
  }
  const minionKey = keyHash(rawPublicKey(identity.identityKey))
  let current: LinkNumbers = { counter: 0, sequence: 0, epoch: 0, masterKey: undefined }
  const working = new Set<RunId>()
  const outbox = memoryOutbox(onStored)
  const link: LinkClient = new LinkClient({
    master: { host: '127.0.0.1', port },
    ...(minion.localAddress === undefined ? {} : { localAddress: minion.localAddress }),
    identity,
    rootHash: token.rootHash,
    numbers: {
      get current() {
        return current
      },
      nextCounter: () => Promise.resolve(current.counter + 1),
      update: change => {
        current = { ...current, ...change }
        return Promise.resolve()
      },
    },
    // After the join, its key identifies it.
    get join() {
      return current.counter > 1 ? undefined : token
    },
    now: Date.now,
    elapsed: () => performance.now(),
    exporter: tlsExporter,
    outbox,
    random: () => randomBytes(4).readUInt32BE() / 2 ** 32,
    log: (event, data) => {
      if (event !== 'link-failed' && event !== 'link-lost') onProblem(`${id}: ${event} ${JSON.stringify(data)}`)
    },
    listener: {
      onReady: async () => {
        const runs = [...working, ...(await outbox.list())]
        const grains = { ...GRAINS, hostname: id }
        link.send({ type: 'hello', grains, bootId: 'b', stateTypes: {}, highestSequence: current.sequence, runs })
        onReady()
      },
      onMessage: (message, connection) => {
        if (message.type === 'order')
          take(message, connection).catch((error: unknown) => onProblem(`${id}: ${String(error)}`))
      },
      onTried: () => undefined,
      onSetAside: () => Promise.resolve(),
      onLost,
    },
  })

  async function take(order: SignedOrder, connection: Connection): Promise<void> {
    const { fleet, masterKey } = connection.certificate
    const expected = {
      fleet,
      masterKey,
      minionKey,
      highestSequence: current.sequence,
      now: connection.masterClock.now(),
    }
    const opened = openOrder(order, expected)
    current = { ...current, sequence: opened.body.sequence }
    if (opened.kind !== 'run' || opened.payload.kind !== 'apply') return
    const { body, payload } = opened
    const { run } = body
    if (working.has(run)) return
    working.add(run)
    link.send({ type: 'accepted', run })
    const never = new AbortController().signal
    const get = (blob: BlobRef): Promise<Uint8Array> => link.blobs.fetch(blob, never)
    const catalog = await get(payload.catalog)
    const box = payload.box === undefined ? undefined : await get(payload.box)
    const signed = { catalog, box, generation: payload.generation, signature: payload.signature }
    const { catalog: content, hash } = openCatalog(signed, { identity, masterKey, fleet, registry })
    const startedAt = Date.now()
    link.send({ type: 'running', run, states: content.states.length })
    const results = content.states.map((state, index) => {
      link.send({ type: 'progress', run, index, key: state.key })
      link.send({ type: 'progress', run, index, key: state.key, outcome: 'unchanged', durationMs: 0 })
      return resultOf(state, startedAt, { outcome: 'unchanged' }, 0)
    })
    const head = {
      run,
      ...(body.job === undefined ? {} : { job: body.job }),
      minion: id,
      test: payload.test,
      origin: payload.origin,
      catalog: hash,
      generation: payload.generation,
      bootId: 'b',
      startedAt: new Date(startedAt).toISOString(),
      states: [],
    }
    const report = reportOf(head, Date.now(), { results, state: 'done', owed: [] })
    await outbox.put(run, encodeReport(report))
    working.delete(run)
    await link.offerReports()
  }
  return link
}

function memoryOutbox(onStored: () => void): Outbox {
  const reports = new Map<RunId, Uint8Array>()
  return {
    list: () => Promise.resolve([...reports.keys()]),
    read: run => Promise.resolve(reports.get(run)),
    put: (run, bytes) => {
      reports.set(run, bytes)
      return Promise.resolve()
    },
    replace: (run, bytes) => {
      reports.set(run, bytes)
      return Promise.resolve()
    },
    // Memory does not run full like a disk.
    hold: () => Promise.reject(new Error('a report was not put')),
    delete: run => {
      if (reports.delete(run)) onStored()
      return Promise.resolve()
    },
    setAside: run => {
      reports.delete(run)
      return Promise.resolve({ written: [run], left: [], dropped: [] })
    },
    setAsideAgain: () => Promise.resolve({ written: [], left: [], dropped: [] }),
    isInMemory: () => false,
    refused: () => Promise.resolve([]),
  }
}
