import { expect, it } from 'vitest'
import type { Fingerprint, MinionId } from '../../../../protocol/ids.ts'
import { openFixture } from '../fixture.ts'
import { DB1, DB2 } from '../rows.ts'

const DAY_MS = 24 * 3_600_000

it('proven sources are known for 30 days, even across a restart of the master', () => {
  const { store, reopen, pass } = openFixture()
  store.sources.proved('10.0.0.1', DB1)
  const again = reopen()
  pass(29 * DAY_MS)

  expect(again.sources.isKnown('10.0.0.1')).toBe(true)
  expect(again.sources.isKnown('10.0.0.2')).toBe(false)
  pass(2 * DAY_MS)
  expect(again.sources.isKnown('10.0.0.1')).toBe(false)
})

it('a proven source stays known as long as minions connect from it', () => {
  const { store, pass } = openFixture()
  for (let day = 0; day < 60; day += 10) {
    store.sources.proved('10.0.0.1', DB1)
    pass(10 * DAY_MS)
  }

  expect(store.sources.isKnown('10.0.0.1')).toBe(true)
})

it('a proven source is forgotten when the key of its only minion is revoked', () => {
  const { store } = openFixture()
  const fingerprint = 'SHA256:one' as Fingerprint
  const keys = { key: new Uint8Array(32), sealingKey: new Uint8Array(32) }
  store.keys.addPending({ minion: DB1, fingerprint, ...keys })
  store.keys.accept(DB1, fingerprint, 'root')
  store.sources.proved('10.0.0.1', DB1)
  store.sources.proved('10.0.0.2', DB1)
  store.sources.proved('10.0.0.2', DB2)

  store.keys.revoke(DB1, fingerprint, 'root')

  expect(store.sources.isKnown('10.0.0.1')).toBe(false)
  expect(store.sources.isKnown('10.0.0.2')).toBe(true)
})

it('a minion has at most 16 proven sources, the newest ones', () => {
  const { store, pass } = openFixture()
  for (let number = 1; number <= 20; number++) {
    store.sources.proved(`10.0.0.${number}`, 'wanderer' as MinionId)
    pass(1000)
  }

  const known = Array.from({ length: 20 }, (_, at) => store.sources.isKnown(`10.0.0.${at + 1}`))
  expect(known.filter(Boolean)).toHaveLength(16)
  expect(known.slice(0, 4)).toEqual([false, false, false, false])
})
