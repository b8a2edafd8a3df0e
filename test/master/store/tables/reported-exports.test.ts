import { expect, it } from 'vitest'
import type { Store } from '../../../../master/store/open.ts'
import { type Catalog, type ExportPlace, encodeCatalog } from '../../../../protocol/catalog.ts'
import type { MinionId, Sha256 } from '../../../../protocol/ids.ts'
import type { JsonObject } from '../../../../protocol/json.ts'
import { catalogOf } from '../../../minion/apply/engine-scene.ts'
import { openFixture } from '../fixture.ts'
import { DB1, DB2, delivered, newJob, newReport, newRun, runId } from '../rows.ts'

/** Stores a catalog of a minion whose states may become these exports. */
function put(store: Store, minion: MinionId, places: readonly ExportPlace[]): Sha256 {
  const base = catalogOf(places.map((_, index) => ({ type: 'value.read', name: `v${index}`, params: { file: '/x' } })))
  const states = base.states.map((state, index) => {
    const exportAs = places[index]
    return exportAs === undefined ? state : { ...state, exportAs }
  })
  const catalog: Catalog = { ...base, minion, states }
  return store.blobs.put(encodeCatalog(catalog)).sha256
}

function report(store: Store, number: number, catalog: Sha256, exports: JsonObject): void {
  store.jobs.order(newJob(number), [newRun(store, number, { catalog })])
  store.reports.save(delivered(newReport(number, { catalog, exports })))
}

const KEY = { name: 'hub/key' }
const entry = (key: string): ExportPlace => ({ name: 'hub/keys', key })

it('reported values become exports of the minion only where its catalog declares them', () => {
  const { store } = openFixture()
  const catalog = put(store, DB1, [KEY, entry('a')])
  report(store, 1, catalog, { 'hub/key': 'k', 'hub/keys': { a: 1, b: 2 }, 'other/name': 'x' })

  expect(store.minions.exports(DB1)).toEqual({ 'hub/key': 'k', 'hub/keys': { a: 1 } })
  expect(store.minions.exports(DB2)).toBeUndefined()
})

it('reported values are ignored when the report names the catalog of another minion or an invalid one', () => {
  const { store } = openFixture()
  report(store, 1, put(store, DB2, [KEY]), { 'hub/key': 'k' })
  report(store, 2, store.blobs.put(new TextEncoder().encode('{}')).sha256, { 'hub/key': 'k' })

  expect([store.minions.exports(DB1), store.minions.exports(DB2)]).toEqual([undefined, undefined])
})

it('a reported export is kept when a state could not report it, and deleted when no state reports it any more', () => {
  const { store } = openFixture()
  report(store, 1, put(store, DB1, [KEY, entry('a'), entry('b')]), { 'hub/key': 'k', 'hub/keys': { a: 1, b: 2 } })
  report(store, 2, put(store, DB1, [KEY, entry('b')]), { 'hub/keys': { b: 3 } })

  expect(store.minions.exports(DB1)).toEqual({ 'hub/key': 'k', 'hub/keys': { b: 3 } })
  report(store, 3, put(store, DB1, []), {})
  expect(store.minions.exports(DB1)).toEqual({})
})

it('a changed reported export is an event, and a rebuild of the views gives the same', () => {
  const { store } = openFixture()
  const catalog = put(store, DB1, [KEY])
  for (const number of [1, 2]) report(store, number, catalog, { 'hub/key': 'k' })
  const told = store.log.read(0, 100).filter(({ event }) => event.type === 'exports-changed')

  expect(told).toHaveLength(1)
  expect(store.rebuildViews()).toEqual([])
  expect(store.minions.exports(DB1)).toEqual({ 'hub/key': 'k' })
  expect(store.reports.get(runId(2))?.exports).toEqual({ 'hub/key': 'k' })
})
