import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { encodeCatalog } from '../../../protocol/catalog.ts'
import { AppError } from '../../../protocol/errors.ts'
import { type MinionId, newJobId, newRunId, type RunId } from '../../../protocol/ids.ts'
import { fingerprintOf, rawPublicKey } from '../../../protocol/signature.ts'
import { catalogOf, DB1, DispatcherScene } from './dispatcher-scene.ts'

const DB2 = 'db2' as MinionId

let scene: DispatcherScene
beforeEach(() => {
  scene = new DispatcherScene()
  const key = rawPublicKey(generateKeyPairSync('ed25519').publicKey)
  const fingerprint = fingerprintOf(key)
  scene.store.keys.addPending({ minion: DB2, fingerprint, key, sealingKey: new Uint8Array(32).fill(9) })
  scene.store.keys.accept(DB2, fingerprint, 'root')
  for (const minion of [DB1, DB2]) scene.here.add(minion)
})
afterEach(() => scene.close())

/** Creates one job, with a run and a catalog of its own for each minion. */
function order(...minions: readonly MinionId[]) {
  const { store, now, random } = scene
  const job = newJobId(now, random)
  const runs = minions.map(minion => ({
    id: newRunId(now, random),
    minion,
    wave: 0,
    catalog: store.blobs.put(encodeCatalog(catalogOf(`${job} ${minion}`))).sha256,
  }))
  const wish = { verb: 'apply', origin: 'order', target: '*', operator: 'root', options: {} } as const
  store.jobs.order({ id: job, ...wish, expiresAt: new Date(now + 60_000).toISOString() }, runs)
  return { job, ids: runs.map(({ id }) => id) as [RunId, ...RunId[]] }
}

/** Changes bytes in the store so that they no longer match their hash. */
function damage(run: RunId): void {
  const db = new Database(join(scene.directory, 'saltern.db'))
  db.prepare('UPDATE blobs SET bytes = zeroblob(8) WHERE sha256 = ?').run(scene.store.runs.get(run)?.catalog)
  db.close()
}

const stateOf = (run: RunId | undefined) => (run === undefined ? undefined : scene.store.runs.get(run)?.state)

it('a run whose stored catalog is damaged ends with the reason, and the other runs of its job are delivered', () => {
  const { job, ids } = order(DB1, DB2)
  damage(ids[0])

  scene.dispatcher.delivery.deliverJob(job)

  expect(scene.runsSent).toEqual([ids[1]])
  expect(scene.store.runs.get(ids[0])).toMatchObject({ state: 'expired', problem: { code: 'STORE_DAMAGED' } })
})

it('a run whose stored catalog cannot be parsed ends with the reason', () => {
  const { job, ids } = order(DB1)
  vi.spyOn(scene.store.blobs, 'get').mockReturnValue(new TextEncoder().encode('{}'))

  scene.dispatcher.delivery.deliverJob(job)

  expect(scene.store.runs.get(ids[0])).toMatchObject({ state: 'expired', problem: { code: 'CATALOG_REFUSED' } })
})

it('a damaged catalog does not block the hello of its minion, and its run continues if the minion has the catalog', () => {
  const { ids } = order(DB1)
  scene.hello()
  scene.dispatcher.moves.add({ type: 'run-accepted', minion: DB1, run: ids[0] })
  damage(ids[0])

  expect(() => scene.hello(ids)).not.toThrow()
  expect(stateOf(ids[0])).toBe('accepted')
})

describe('an order that cannot be read for a while', () => {
  const busy = new Error('SQLITE_IOERR: disk I/O error')
  /** Breaks the catalog of a run until the returned function is called. */
  function breakCatalogOf(run: RunId): () => void {
    const { blobs } = scene.store
    const get = blobs.get.bind(blobs)
    const catalog = scene.store.runs.get(run)?.catalog
    const spy = vi.spyOn(blobs, 'get').mockImplementation(name => {
      if (name === catalog) throw busy
      return get(name)
    })
    return () => spy.mockRestore()
  }

  it('an order that cannot be read for a while stays queued and is sent later, while the other runs of its job are sent', () => {
    const { job, ids } = order(DB1, DB2)
    const mend = breakCatalogOf(ids[0])

    scene.dispatcher.delivery.deliverJob(job)
    expect([scene.runsSent, stateOf(ids[0]), scene.thrown]).toEqual([[ids[1]], 'queued', [busy]])
    scene.dispatcher.lookAtTimes()
    expect([stateOf(ids[0]), scene.thrown]).toEqual(['queued', [busy, busy]])
    mend()
    scene.dispatcher.lookAtTimes()
    scene.dispatcher.lookAtTimes()

    expect(scene.runsSent).toEqual([ids[1], ids[0]])
  })

  it('a minion whose order cannot be read for a while can fetch its files later', () => {
    const { ids } = order(DB1)
    scene.hello()
    scene.dispatcher.moves.add({ type: 'run-accepted', minion: DB1, run: ids[0] })
    // What a catalog names is in memory until then.
    scene.restartMaster()
    const mend = breakCatalogOf(ids[0])
    scene.hello(ids)
    expect([scene.allowed, scene.thrown]).toEqual([[], [busy]])
    mend()

    scene.dispatcher.lookAtTimes()

    expect(scene.allowed).toEqual([scene.store.runs.get(ids[0])?.catalog])
  })

  it('a damaged order is ended later when the disk was full at first', () => {
    const { job, ids } = order(DB1, DB2)
    damage(ids[0])
    const full = new AppError({ code: 'STORE_FULL', message: 'no room' })
    const spy = vi.spyOn(scene.store.runs, 'expire').mockImplementation(() => {
      throw full
    })

    scene.dispatcher.delivery.deliverJob(job)
    expect([scene.runsSent, stateOf(ids[0]), scene.thrown]).toEqual([[ids[1]], 'queued', [full]])
    spy.mockRestore()
    scene.dispatcher.lookAtTimes()

    expect(stateOf(ids[0])).toBe('expired')
  })
})

it('a delivery that fails for one job does not block the retry for another', () => {
  const [one, two] = [order(DB1), order(DB2)]
  const full = new Error('the disk is full')
  const { runs } = scene.store
  const send = runs.send.bind(runs)
  const failing = new Set<RunId>([...one.ids, ...two.ids])
  vi.spyOn(runs, 'send').mockImplementation(run => {
    if (failing.has(run)) throw full
    return send(run)
  })
  for (const { job } of [one, two]) expect(() => scene.dispatcher.delivery.deliverJob(job)).toThrow(full)
  failing.delete(two.ids[0])

  expect(() => scene.dispatcher.lookAtTimes()).toThrow(full)
  expect([stateOf(one.ids[0]), stateOf(two.ids[0])]).toEqual(['queued', 'sent'])
  failing.clear()
  scene.dispatcher.lookAtTimes()
  expect(stateOf(one.ids[0])).toBe('sent')
})
