import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Links, UnsignedOrder } from '../../../master/context.ts'
import { RunDispatcher } from '../../../master/jobs/dispatcher.ts'
import type { Dispatcher } from '../../../master/jobs/dispatcher-port.ts'
import type { JobVerb } from '../../../master/store/log/events.ts'
import { openStore, type Store } from '../../../master/store/open.ts'
import { type Catalog, encodeCatalog } from '../../../protocol/catalog.ts'
import type { Grains } from '../../../protocol/grains.ts'
import {
  type FleetId,
  type JobId,
  type MinionId,
  newJobId,
  newRunId,
  type RunId,
  type Sha256,
} from '../../../protocol/ids.ts'
import { countOutcomes, type Report } from '../../../protocol/report.ts'
import { encodeReport } from '../../../protocol/report-codec.ts'
import { fingerprintOf, rawPublicKey } from '../../../protocol/signature.ts'

export const DB1 = 'db1' as MinionId
export const GRAINS: Grains = {
  os: 'debian',
  arch: 'x64',
  kernel: '6',
  hostname: 'h',
  fqdn: 'h',
  num_cpus: 1,
  mem_mb: 1,
  addresses: [],
  saltern_version: '0',
}
const REVISION = '0'.repeat(64) as Sha256

export interface Ordered {
  readonly job: JobId
  readonly run: RunId
}

interface OrderOptions {
  readonly verb?: JobVerb
  readonly wave?: number
  readonly lifetimeMs?: number
  readonly notBefore?: string
}

/** A real store and dispatcher, and one minion whose link is controlled by the test. */
export class DispatcherScene {
  readonly directory = mkdtempSync(join(tmpdir(), 'saltern-dispatcher-'))
  now = Date.parse('2026-11-21T03:00:00Z')
  readonly here = new Set<MinionId>()
  readonly disconnected: string[] = []
  sent: UnsignedOrder[] = []
  store: Store = openStore(this.directory, { now: () => this.now })
  dispatcher: Dispatcher = this.#dispatcher()
  #counter = 0

  constructor() {
    const key = rawPublicKey(generateKeyPairSync('ed25519').publicKey)
    const fingerprint = fingerprintOf(key)
    this.store.keys.addPending({ minion: DB1, fingerprint, key, sealingKey: new Uint8Array(32).fill(9) })
    this.store.keys.accept(DB1, fingerprint, 'root')
  }

  /** Simulates a killed and restarted master. */
  restartMaster(): void {
    this.store.close()
    this.here.clear()
    this.store = openStore(this.directory, { now: () => this.now })
    this.store.log.append({ type: 'master-started', version: '0', pid: 1 })
    this.dispatcher = this.#dispatcher()
  }

  /** The same for in-memory state only, without reopening the store. */
  newDispatcher(): void {
    this.here.clear()
    this.store.log.append({ type: 'master-started', version: '0', pid: 1 })
    this.dispatcher = this.#dispatcher()
  }

  close(): void {
    this.store.close()
    rmSync(this.directory, { recursive: true, force: true })
  }

  readonly random = (size: number): Uint8Array => new Uint8Array(size).fill(++this.#counter)

  /** Orders an apply for the minion in a job of its own, with its own catalog. */
  order({ verb = 'apply', wave = 0, lifetimeMs = 60_000, notBefore }: OrderOptions = {}): Ordered {
    const job = newJobId(this.now, this.random)
    const run = newRunId(this.now, this.random)
    const wish = { verb, origin: 'order', target: '*', operator: 'root', options: {} } as const
    this.store.jobs.order({ id: job, ...wish, expiresAt: new Date(this.now + lifetimeMs).toISOString() }, [
      {
        id: run,
        minion: DB1,
        wave,
        catalog: this.store.blobs.put(encodeCatalog(catalogOf(job))).sha256,
        ...(notBefore === undefined ? {} : { notBefore }),
      },
    ])
    return { job, run }
  }

  /** Connects the minion; `generation`: that of its catalog. */
  hello(runs: readonly RunId[] = [], generation?: number): void {
    this.here.add(DB1)
    const has = generation === undefined ? {} : { generation }
    const arrival = { minion: DB1, fingerprint: this.store.keys.accepted(DB1)?.fingerprint ?? ('' as never) }
    this.store.minions.connected({ ...arrival, bootId: 'b', highestSequence: 0, ...has })
    this.dispatcher.hello(DB1, {
      type: 'hello',
      grains: GRAINS,
      bootId: 'b',
      stateTypes: {},
      highestSequence: 0,
      runs,
      ...has,
    })
  }

  away(): void {
    this.here.delete(DB1)
    this.store.minions.disconnected(DB1)
  }

  report({ job, run }: Ordered, state: Report['state'] = 'done', results: Report['results'] = []): void {
    const { generation, catalog } = this.store.runs.get(run) ?? { generation: 1, catalog: REVISION }
    const at = new Date(this.now).toISOString()
    const report: Report = {
      format: 1,
      run,
      job,
      minion: DB1,
      test: false,
      origin: 'order',
      catalog,
      generation,
      bootId: 'b',
      startedAt: at,
      finishedAt: at,
      durationMs: 0,
      state,
      counts: countOutcomes(results),
      results,
      owed: [],
    }
    this.dispatcher.report({ minion: DB1, run, bytes: encodeReport(report), signature: new Uint8Array(64) })
  }

  state(of: Ordered): string | undefined {
    return this.store.runs.get(of.run)?.state
  }

  lastEvent(): unknown {
    return this.store.log.read(this.store.log.lastSeq() - 1, 1)[0]?.event
  }

  /** The applies that were sent, in order. */
  get runsSent(): readonly RunId[] {
    return this.sent.flatMap(({ run, payload }) => (payload.kind === 'apply' ? [run] : []))
  }

  get cancelsSent(): readonly RunId[] {
    return this.sent.flatMap(({ run, payload }) => (payload.kind === 'cancel' ? [run] : []))
  }

  /** What the minion was last allowed to fetch. */
  allowed: readonly Sha256[] = []
  /** Errors of deferred work. */
  readonly thrown: unknown[] = []

  #dispatcher(): Dispatcher {
    const refuse = (): never => {
      throw new Error('a dispatcher does not do that')
    }
    const links: Links = {
      isOnline: minion => this.here.has(minion),
      order: (_minion, order) => {
        if ('run' in order) this.sent.push(order)
        return true
      },
      allow: (_minion, blobs) => {
        this.allowed = blobs
      },
      ping: refuse,
      largestWindow: refuse,
      roundTripMs: refuse,
      tell: refuse,
      answerBoot: refuse,
      disconnect: (minion, reason) => {
        this.disconnected.push(reason)
        this.here.delete(minion)
      },
    }
    const { privateKey } = generateKeyPairSync('ed25519')
    const { store } = this
    return new RunDispatcher({
      store,
      links,
      keyStore: store.keys,
      master: privateKey,
      fleet: 'fleet-1',
      now: () => this.now,
      defer: work => {
        try {
          work()
        } catch (error) {
          this.thrown.push(error)
        }
      },
    })
  }
}

export function catalogOf(name: string): Catalog {
  return {
    format: 1,
    fleet: 'fleet-1' as FleetId,
    minion: DB1,
    level: 'staging',
    roles: [name],
    revision: REVISION,
    states: [],
    slots: [],
    blobs: [],
    stateTypes: {},
  }
}
