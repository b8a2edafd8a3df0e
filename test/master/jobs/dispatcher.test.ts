import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Links, UnsignedOrder } from '../../../master/context.ts'
import { RunDispatcher } from '../../../master/jobs/dispatcher.ts'
import type { Dispatcher, RunNews } from '../../../master/jobs/dispatcher-port.ts'
import { openStore, type Store } from '../../../master/store/open.ts'
import { type Catalog, encodeCatalog } from '../../../protocol/catalog.ts'
import type { FleetId, JobId, MinionId, RunId, Sha256 } from '../../../protocol/ids.ts'
import { newJobId, newRunId } from '../../../protocol/ids.ts'
import { fingerprintOf, rawPublicKey } from '../../../protocol/signature.ts'
import { GRAINS } from './dispatcher-scene.ts'

const DB1 = 'db1' as MinionId
const DB2 = 'db2' as MinionId

let directory: string
let store: Store
let now: number
let online: Set<MinionId>
let sent: { readonly minion: MinionId; readonly order: UnsignedOrder }[]
let allowed: Sha256[]
let dispatcher: Dispatcher
let counter = 0

const random = (size: number): Uint8Array => new Uint8Array(size).fill(++counter)

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saltern-dispatcher-'))
  now = Date.parse('2026-11-21T03:00:00Z')
  store = openStore(directory, { now: () => now })
  online = new Set()
  sent = []
  allowed = []
  for (const minion of [DB1, DB2]) accept(minion)
  const refuse = (): never => {
    throw new Error('a dispatcher does not do that')
  }
  const links: Links = {
    isOnline: minion => online.has(minion),
    order: (minion, order) => {
      if ('run' in order) sent.push({ minion, order })
      return true
    },
    allow: (_minion, hashes) => void allowed.push(...hashes),
    ping: refuse,
    largestWindow: refuse,
    roundTripMs: refuse,
    tell: refuse,
    answerBoot: refuse,
    disconnect: refuse,
  }
  const { privateKey } = generateKeyPairSync('ed25519')
  dispatcher = new RunDispatcher({
    store,
    links,
    keyStore: store.keys,
    master: privateKey,
    fleet: 'fleet-1',
    now: () => now,
  })
})
afterEach(() => {
  store.close()
  rmSync(directory, { recursive: true, force: true })
})

function accept(minion: MinionId): void {
  const key = rawPublicKey(generateKeyPairSync('ed25519').publicKey)
  const fingerprint = fingerprintOf(key)
  store.keys.addPending({ minion, fingerprint, key, sealingKey: new Uint8Array(32) })
  store.keys.accept(minion, fingerprint, 'root')
}

function order(runs: readonly { readonly minion: MinionId; readonly wave?: number }[], lifetimeMs = 60_000) {
  const job = newJobId(now, random)
  const ids = runs.map(() => newRunId(now, random))
  const wish = { verb: 'apply', origin: 'order', target: '*', operator: 'root', options: {} } as const
  store.jobs.order(
    { id: job, ...wish, expiresAt: new Date(now + lifetimeMs).toISOString() },
    runs.map(({ minion, wave = 0 }, index) => {
      return {
        id: ids[index] as RunId,
        minion,
        wave,
        catalog: store.blobs.put(encodeCatalog(catalogOf(minion))).sha256,
      }
    }),
  )
  return { job, ids: ids as [RunId, ...RunId[]] }
}

function catalogOf(minion: MinionId): Catalog {
  const revision = '0'.repeat(64) as Sha256
  const blobs = [{ sha256: 'a'.repeat(64) as Sha256, size: 1 }]
  return {
    format: 1,
    fleet: 'fleet-1' as FleetId,
    minion,
    level: 'staging',
    roles: [],
    revision,
    states: [],
    slots: [],
    blobs,
    stateTypes: {},
  }
}

function hello(minion: MinionId, runs: readonly RunId[] = []): void {
  online.add(minion)
  dispatcher.hello(minion, { type: 'hello', grains: GRAINS, bootId: 'b', stateTypes: {}, highestSequence: 0, runs })
}

const stateOf = (run: RunId): string | undefined => store.runs.get(run)?.state
const runsSent = (): readonly RunId[] => sent.map(({ order: one }) => one.run)

it('delivery waits until the minion is online and then lets it fetch exactly the content that the order references', () => {
  const { job, ids } = order([{ minion: DB1 }])
  dispatcher.delivery.deliverJob(job)
  expect(sent).toEqual([])

  hello(DB1)

  expect(runsSent()).toEqual(ids)
  expect(sent[0]?.order).toMatchObject({
    sequence: 1,
    payload: { kind: 'apply', test: false, origin: 'order', generation: 1 },
  })
  expect(allowed).toEqual([store.runs.get(ids[0])?.catalog, 'a'.repeat(64)])
  expect(stateOf(ids[0])).toBe('sent')
})

it('delivery is repeated with a new sequence number for a run that the minion never received', () => {
  const { ids } = order([{ minion: DB1 }])
  hello(DB1)
  hello(DB1)

  expect(runsSent()).toEqual([ids[0], ids[0]])
  expect(sent.map(({ order: one }) => one.sequence)).toEqual([1, 2])
})

it('a minion that reconnects can continue to fetch content', () => {
  const { ids } = order([{ minion: DB1 }])
  hello(DB1)
  dispatcher.moves.add({ type: 'run-accepted', minion: DB1, run: ids[0] })
  allowed.length = 0

  hello(DB1, ids)

  expect(allowed).toEqual([store.runs.get(ids[0])?.catalog, 'a'.repeat(64)])
  expect(runsSent()).toEqual(ids)
})

it('delivery is not repeated for a run that the minion already has, and the run counts as accepted', () => {
  const { ids } = order([{ minion: DB1 }])
  hello(DB1)
  hello(DB1, ids)

  expect(runsSent()).toEqual(ids)
  expect(stateOf(ids[0])).toBe('accepted')
})

it('delivery is repeated for a queued run after the minion was restarted', () => {
  const { ids } = order([{ minion: DB1 }])
  hello(DB1)
  dispatcher.moves.add({ type: 'run-accepted', minion: DB1, run: ids[0] })
  hello(DB1)

  expect(runsSent()).toEqual([ids[0], ids[0]])
  expect(sent.map(({ order: one }) => one.sequence)).toEqual([1, 2])
  expect(stateOf(ids[0])).toBe('accepted')
})

it('delivery is not repeated for a queued run whose job has expired', () => {
  const { ids } = order([{ minion: DB1 }], 60_000)
  hello(DB1)
  dispatcher.moves.add({ type: 'run-accepted', minion: DB1, run: ids[0] })
  now += 60_000
  hello(DB1)

  expect(runsSent()).toEqual(ids)
  expect(stateOf(ids[0])).toBe('expired')
})

it('a run fails when the minion that worked on it no longer knows it', () => {
  const { ids } = order([{ minion: DB1 }])
  hello(DB1)
  dispatcher.moves.add({ type: 'run-accepted', minion: DB1, run: ids[0] })
  dispatcher.moves.add({ type: 'run-running', minion: DB1, run: ids[0], states: 3 })
  hello(DB1)

  expect(stateOf(ids[0])).toBe('failed')
  expect(store.runs.get(ids[0])?.problem?.code).toBe('RUN_LOST')
})

it('delivery of the next wave starts when the last run of the previous one ends', () => {
  const { job, ids } = order([
    { minion: DB1, wave: 0 },
    { minion: DB2, wave: 1 },
  ])
  online = new Set([DB1, DB2])
  dispatcher.delivery.deliverJob(job)
  expect(runsSent()).toEqual([ids[0]])

  dispatcher.refused(DB1, ids[0], { code: 'CATALOG_REFUSED', message: 'no' })

  expect(runsSent()).toEqual(ids)
})

it('delivery stops when the job expires', () => {
  const { ids } = order([{ minion: DB1 }], 1000)
  now += 1001
  dispatcher.lookAtTimes()
  hello(DB1)

  expect(stateOf(ids[0])).toBe('expired')
  expect(sent).toEqual([])
})

it('a minion that reconnects gets a pending cancel before anything else', () => {
  const { ids } = order([{ minion: DB1 }])
  hello(DB1)
  dispatcher.moves.add({ type: 'run-accepted', minion: DB1, run: ids[0] })
  store.runs.orderCancel(ids[0], 'root')
  sent = []
  hello(DB1, ids)

  expect(sent).toMatchObject([{ minion: DB1, order: { run: ids[0], payload: { kind: 'cancel' } } }])
})

it('messages of a minion count only for its own runs', () => {
  const { job, ids } = order([{ minion: DB1 }])
  const heard: RunNews[] = []
  dispatcher.news.on('news', news => heard.push(news))
  hello(DB1)
  heard.length = 0
  dispatcher.moves.add({ type: 'run-accepted', minion: DB2, run: ids[0] })
  dispatcher.moves.add({ type: 'run-running', minion: DB2, run: ids[0], states: 1 })
  dispatcher.refused(DB2, ids[0], { code: 'INTERNAL', message: 'no' })
  dispatcher.progress(DB2, { type: 'progress', run: ids[0], index: 0, key: 'k' as never })
  dispatcher.moves.add({ type: 'run-accepted', minion: DB1, run: 'run-unknown' as RunId })

  expect(stateOf(ids[0])).toBe('sent')
  expect(heard).toEqual([])

  dispatcher.moves.add({ type: 'run-accepted', minion: DB1, run: ids[0] })
  expect(heard).toEqual([{ type: 'moved', run: ids[0], job: job satisfies JobId }])
})
