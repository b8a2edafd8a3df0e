import { expect, it } from 'vitest'
import type { Grains } from '../../../../protocol/grains.ts'
import type { Fingerprint } from '../../../../protocol/ids.ts'
import { openFixture } from '../fixture.ts'
import { DB1, DB2, delivered, jobId, newJob, newReport, newRun, observedAt, runId } from '../rows.ts'

const GRAINS: Grains = {
  os: 'Debian',
  arch: 'x86_64',
  kernel: '6.1.0',
  hostname: 'db1',
  fqdn: 'db1.example',
  num_cpus: 2,
  mem_mb: 2048,
  addresses: ['10.0.0.1'],
  saltern_version: '0.1.0',
}
const ARRIVAL = {
  minion: DB1,
  fingerprint: 'SHA256:abc' as Fingerprint,
  bootId: 'boot-1',
  highestSequence: 0,
  address: '10.0.0.1',
}

it('a minion is connected from its arrival until it leaves', () => {
  const { store, pass } = openFixture()
  store.minions.connected(ARRIVAL)
  const during = store.minions.get(DB1)
  pass(5000)

  store.minions.disconnected(DB1)

  expect(during).toMatchObject({ id: 'db1', connected: true, address: '10.0.0.1', bootId: 'boot-1' })
  expect(store.minions.get(DB1)).toMatchObject({ connected: false, lastSeenAt: '2026-11-21T10:00:05.000Z' })
  expect(store.minions.get(DB2)).toBeUndefined()
})

it('no minion is connected when a master starts', () => {
  const { store, reopen } = openFixture()
  store.minions.connected(ARRIVAL)

  const again = reopen()
  again.log.append({ type: 'master-started', version: '1', pid: 1 })

  expect(again.minions.list().map(({ connected }) => connected)).toEqual([false])
  expect(again.status().minions).toEqual({ known: 1, connected: 0 })
})

it('grains and exports are written only when they changed', () => {
  const { store } = openFixture()

  const saved = [
    store.minions.saveGrains(DB1, GRAINS),
    store.minions.saveGrains(DB1, { ...GRAINS }),
    store.minions.saveGrains(DB1, { ...GRAINS, mem_mb: 4096 }),
    store.minions.saveExports(DB1, { 'db/endpoint': '10.0.0.1:3306' }),
    store.minions.saveExports(DB1, { 'db/endpoint': '10.0.0.1:3306' }),
  ]

  expect(saved).toEqual([true, false, true, true, false])
  expect(store.minions.get(DB1)?.grains?.mem_mb).toBe(4096)
  expect(store.minions.exports(DB1)).toEqual({ 'db/endpoint': '10.0.0.1:3306' })
  expect(store.minions.exports(DB2)).toBeUndefined()
  expect(store.log.lastSeq()).toBe(3)
})

it('what a minion reported about itself is deleted when its key is revoked, and only then', () => {
  const { store } = openFixture()
  const [fingerprint, other] = ['SHA256:abc', 'SHA256:other'] as Fingerprint[] as [Fingerprint, Fingerprint]
  const claim = { minion: DB1, fingerprint, key: new Uint8Array(32), sealingKey: new Uint8Array(32) }
  store.keys.addPending(claim)
  store.keys.accept(DB1, fingerprint, 'root')
  store.keys.addPending({ ...claim, fingerprint: other })
  store.minions.connected(ARRIVAL)
  store.minions.saveGrains(DB1, GRAINS)
  store.minions.saveExports(DB1, { 'db/endpoint': '10.0.0.1:3306' })
  store.jobs.order(newJob(1), [newRun(store, 1)])
  store.reports.save(delivered(newReport(1, { observed: observedAt('2026-11-21T10:00:02.000Z') })))
  const known = (): readonly unknown[] => [
    store.minions.get(DB1)?.grains?.hostname,
    store.minions.exports(DB1)?.['db/endpoint'],
    store.reports.observed(DB1)?.at,
  ]

  store.keys.revoke(DB1, other, 'root')
  expect(known()).toEqual(['db1', '10.0.0.1:3306', '2026-11-21T10:00:02.000Z'])
  store.keys.revoke(DB1, fingerprint, 'root')
  expect(known()).toEqual([undefined, undefined, undefined])
  store.keys.accept(DB1, fingerprint, 'root')
  expect(known()).toEqual([undefined, undefined, undefined])
})

it('a minion shows its newest finished run', () => {
  const { store, pass } = openFixture()
  store.minions.connected(ARRIVAL)
  store.jobs.order(
    newJob(1),
    [1, 2, 3].map(number => newRun(store, number)),
  )
  store.reports.save(delivered(newReport(1, { state: 'failed' })))
  pass(1000)
  store.reports.save(delivered(newReport(2)))

  expect(store.minions.get(DB1)?.lastRun).toEqual({
    id: runId(2),
    verb: 'apply',
    state: 'done',
    finishedAt: '2026-11-21T10:00:01.000Z',
  })
  expect(store.status()).toMatchObject({ jobs: 1, runs: { failed: 1, done: 1, queued: 1 } })
})

it('a run about orphans does not replace a failed apply as the last run of its minion', () => {
  const { store, pass } = openFixture()
  store.minions.connected(ARRIVAL)
  store.jobs.order(newJob(1), [newRun(store, 1)])
  store.reports.save(delivered(newReport(1, { state: 'failed' })))
  for (const [number, verb] of [
    [2, 'orphans-forget'],
    [3, 'orphans-remove'],
  ] as const) {
    pass(1000)
    store.jobs.order(newJob(number, { verb }), [newRun(store, number)])
    store.reports.save(delivered(newReport(number, { job: jobId(number) })))
  }

  expect(store.minions.get(DB1)?.lastRun).toMatchObject({ id: runId(1), state: 'failed' })
  expect(store.minions.list()[0]?.lastRun?.id).toBe(runId(1))
  expect(store.history.lastFinished(DB1)).toBe(runId(3))
})

it('the last certificate of a name is stored with its sealed key, however long both are', () => {
  const { store } = openFixture()
  const issued = { name: 'mariadb', minion: DB1, certificate: 'PEM'.repeat(2000), sealedKey: 'sealed'.repeat(2000) }
  store.certificates.save({ ...issued, notAfter: '2027-01-01T00:00:00.000Z' })
  store.certificates.save({ ...issued, notAfter: '2028-01-01T00:00:00.000Z' })

  expect(store.certificates.get(DB1, 'mariadb')).toEqual({ ...issued, notAfter: '2028-01-01T00:00:00.000Z' })
  expect(store.certificates.get(DB2, 'mariadb')).toBeUndefined()
  expect(store.certificates.list()).toEqual([
    { name: 'mariadb', minion: DB1, notAfter: '2028-01-01T00:00:00.000Z', issuedAt: '2026-11-21T10:00:00.000Z' },
  ])
})
