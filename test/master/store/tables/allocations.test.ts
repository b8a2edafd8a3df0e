import { expect, it } from 'vitest'
import { openStore } from '../../../../master/store/open.ts'
import type { MinionId } from '../../../../protocol/ids.ts'
import { countSql, workOf } from '../count-sql.ts'
import { openFixture } from '../fixture.ts'
import { DB1, DB2, START } from '../rows.ts'

const DB3 = 'db3' as MinionId
const lowest = (taken: readonly unknown[]): number | undefined => [1, 2].find(value => !taken.includes(value))

it('an existing allocation is found by reading one row, however many others there are', () => {
  const rows = [10, 20, 40].map(size => {
    const work = countSql()
    const { store } = openFixture()
    const minions = Array.from({ length: size }, (_, index) => `m${index}` as MinionId)
    for (const minion of minions) store.allocations.grant('db/id', minion, taken => taken.length)
    return workOf(work, () => {
      for (const minion of minions) store.allocations.grant('db/id', minion, () => 99)
    }).rows
  })

  // The value, and the last entry of the log after the commit.
  expect(rows).toEqual([20, 40, 80])
})

it('two concurrent allocations get two values, and each minion gets its own again', () => {
  const { store } = openFixture()
  const first = store.allocations.grant('db/id', DB1, lowest)
  const second = store.allocations.grant('db/id', DB2, lowest)

  expect([first?.value, second?.value]).toEqual([1, 2])
  expect(store.allocations.grant('db/id', DB1, () => 99)?.value).toBe(1)
  expect(store.allocations.grant('db/id', DB3, lowest)).toBeUndefined()
  expect(store.allocations.grant('web/id', DB3, lowest)?.value).toBe(1)
})

it('an allocation of a value that another minion holds fails and is not logged', () => {
  const { store } = openFixture()
  store.allocations.grant('db/id', DB1, lowest)
  const before = store.log.lastSeq()

  expect(() => store.allocations.grant('db/id', DB2, () => 1)).toThrow(/UNIQUE/)
  expect(store.log.lastSeq()).toBe(before)
})

it('allocations survive a restart of the master and a rebuild of the views', () => {
  const { store, directory } = openFixture()
  store.allocations.grant('db/id', DB1, lowest)
  store.allocations.grant('db/id', DB2, lowest)
  store.allocations.release('db/id', DB1, 'root')
  store.allocations.move('db/id', DB2, DB3, 'root')
  const before = store.allocations.list()
  store.close()
  const again = openStore(directory, { now: () => START + 1 })

  expect(before.map(({ minion, value }) => [minion, value])).toEqual([[DB3, 2]])
  expect(again.allocations.list()).toEqual(before)
  expect(again.rebuildViews()).toEqual([])
  expect(again.allocations.list()).toEqual(before)
  again.close()
})

it('an allocation can be released or moved only from its holder', () => {
  const { store } = openFixture()
  store.allocations.grant('masterdb@staging', DB1, () => 'holder')

  expect(store.allocations.release('masterdb@staging', DB2, 'root')).toBe(false)
  expect(store.allocations.move('masterdb@staging', DB2, DB3, 'root')).toBe(false)
  expect(store.allocations.move('masterdb@staging', DB1, DB2, 'root')).toBe(true)
  expect(store.allocations.holders('masterdb@staging').map(({ minion }) => minion)).toEqual([DB2])
})
