import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { MasterEvent } from '../../../../master/store/log/events.ts'
import { openStore, type Store } from '../../../../master/store/open.ts'
import type { Fingerprint, MinionId, Sha256 } from '../../../../protocol/ids.ts'
import { encodeReport } from '../../../../protocol/report-codec.ts'
import { openFixture, temporaryDirectory } from '../fixture.ts'
import { DB1, delivered, newJob, newReport, newRun, observedAt, result, runId, START } from '../rows.ts'

const VIEWS = [
  'keys',
  'join_tokens',
  'minions',
  'counters',
  'jobs',
  'runs',
  'results',
  'exports',
  'certificates',
  'schedules',
  'firings',
  'deliveries',
  'compliance',
  'observations',
  'sessions',
  'held_leases',
  'runbook_runs',
  'runbook_steps',
]

/** Reads every row of every view directly from the database. */
function rowsOf(directory: string): { readonly [view: string]: readonly unknown[] } {
  const sqlite = new Sqlite(join(directory, 'saltern.db'), { readonly: true })
  const rows = VIEWS.map(view => [view, sqlite.prepare(`SELECT * FROM ${view} ORDER BY 1, 2`).all()] as const)
  sqlite.close()
  return Object.fromEntries(rows)
}

/** Creates something of everything that changes a view. */
function liveThrough(store: Store): void {
  const fingerprint = 'SHA256:a' as Fingerprint
  const key = { minion: DB1, fingerprint }
  const claim = { ...key, key: new Uint8Array(32), sealingKey: new Uint8Array(32) }
  const token = { roles: ['db'], level: 'staging', uses: 2, expiresAt: '2027-01-01T00:00:00Z', operator: 'root' }
  store.log.append({ type: 'master-started', version: '0.1.0', pid: 1 })
  store.keys.createToken({ id: 't', publicKey: new Uint8Array(32), ...token })
  store.keys.join(claim, 't')
  store.keys.revokeToken('t', 'root')
  store.keys.addPending({ ...claim, fingerprint: 'SHA256:b' as Fingerprint, address: '10.0.0.9' })
  store.keys.reject(DB1, 'SHA256:b' as Fingerprint, 'root')
  store.keys.saveSealingKey(DB1, fingerprint, new Uint8Array(32).fill(1))
  for (const counter of [3, 3]) store.keys.raiseCounter(DB1, fingerprint, counter)
  store.minions.connected({ ...key, bootId: 'b', highestSequence: 5 })
  store.minions.saveExports(DB1, { 'db/endpoint': 'x' })
  store.certificates.save({ name: 'c', minion: DB1, certificate: 'p', sealedKey: 's', notAfter: '2027' })
  const counts = { compliant: 1 }
  const judged = { id: 'compliance-1', target: '*', operator: 'root', cached: false, score: 50, findings: 1, counts }
  store.compliance.save(judged, new TextEncoder().encode('{}'))
  store.jobs.order(
    newJob(1),
    [1, 2, 3].map(number => newRun(store, number)),
  )
  store.runs.send(runId(1))
  store.runs.start(runId(1), 3)
  store.reports.save(delivered(newReport(1, { observed: observedAt('2026-11-21T10:00:02.000Z') })))
  store.runs.expire(runId(2), { code: 'INTERNAL', message: 'away' })
  store.reports.save(delivered(newReport(2, { state: 'failed', results: [result('failed', 0)] })))
  store.runs.orderCancel(runId(3), 'root')
  store.keys.revoke(DB1, fingerprint, 'root')
  store.keys.accept(DB1, fingerprint, 'root')
  store.minions.saveExports(DB1, { 'db/endpoint': 'y' })
  store.reports.save(delivered(newReport(3, { observed: observedAt('2026-11-21T10:00:03.000Z') })))
  store.minions.disconnected(DB1)
  for (const minion of ['db1', 'db2', 'db3'] as MinionId[])
    store.allocations.grant('db/id', minion, taken => taken.length)
  store.allocations.release('db/id', 'db2' as MinionId, 'root')
  store.allocations.move('db/id', 'db3' as MinionId, 'db4' as MinionId, 'root')
  store.runbooks.start({ id: 'rb-1', runbook: 'a', operator: 'root', target: 'to=db1' }, { text: '' })
  store.runbooks.step('rb-1', { step: 0, name: 'one', state: 'begun' })
  store.runbooks.step('rb-1', { step: 0, name: 'one', state: 'done', output: '1-1-5' })
  store.runbooks.step('rb-1', { step: 0, name: 'one', state: 'undone' })
  store.runbooks.move('rb-1', 'halted', { operator: 'root', problem: { code: 'INTERNAL', message: 'x' } })
  liveThroughSchedules(store)
  const session = { operator: 'root', minion: DB1, kind: 'ssh', via: 'socket', recording: true } as const
  for (const id of ['ses-1', 'ses-2', 'ses-3']) store.sessions.opened({ session: id, ...session })
  const traffic = { durationMs: 5, bytesIn: 1, bytesOut: 2 }
  const recorded = { recordingSha256: 'a'.repeat(64) as Sha256, recordingBytes: 9, cut: true }
  store.sessions.ended({ session: 'ses-1', exit: 3, ...traffic, ...recorded })
  store.sessions.ended({ session: 'ses-2', problem: { code: 'INTERNAL', message: 'gone' }, ...traffic })
  store.sessions.expired('ses-1', 'age')
}

function liveThroughSchedules(store: Store): void {
  const order = { verb: 'apply', target: '*', splayMs: 0, withinMs: 60_000, options: {}, recipients: [] } as const
  const [first, second] = ['a@2026-11-21T10:00:00.000Z', 'a@2026-11-21T10:01:00.000Z'] as const
  const a = { schedule: 'a' } as const
  const due = '2026-11-21T10:00:00.000Z'
  const problem = { code: 'INTERNAL', message: 'away' } as const
  store.log.append({ type: 'schedule-set', ...a, rule: 'r', since: due, next: due })
  store.log.append({ type: 'schedule-fired', ...a, firing: first, due, order, next: due })
  store.log.append({ type: 'schedule-queued', ...a, firing: second, due: '2026-11-21T10:01:00.000Z', order })
  store.log.append({ type: 'schedule-skipped', ...a, due, until: '2026-11-21T10:02:00.000Z', why: 'too-late' })
  store.jobs.order(newJob(9, { options: { firing: first } }), [])
  const document = store.blobs.put(new TextEncoder().encode('{}')).sha256
  const delivery = { recipient: 'ops', subject: 's', document, giveUpAt: '2027', firing: first } as const
  for (const id of ['d1', 'd2', 'd3']) store.deliveries.queue({ id, ...delivery })
  const [one, two, three] = store.deliveries.list()
  if (one === undefined || two === undefined || three === undefined) throw new Error('three were queued')
  store.deliveries.failedOnce(one, problem, '2026-11-21T10:05:00.000Z')
  store.deliveries.done(two)
  store.deliveries.giveUp(three, problem)
  store.log.append({ type: 'schedule-ended', ...a, firing: first, outcome: 'failed', problem })
  store.log.append({ type: 'schedule-paused', ...a, operator: 'root' })
  store.log.append({ type: 'schedule-resumed', ...a, operator: 'root' })
  store.log.append({ type: 'schedule-set', schedule: 'b', rule: 'r', since: due })
  store.log.append({ type: 'schedule-removed', schedule: 'b' })
}

it('a replay from the first event reproduces every view', () => {
  const { store, directory } = openFixture()
  liveThrough(store)
  const before = rowsOf(directory)

  expect(store.rebuildViews()).toEqual([])

  expect(rowsOf(directory)).toEqual(before)
  expect(VIEWS.filter(view => before[view]?.length === 0)).toEqual([])
})

it('a replay finds and repairs a view that was changed by hand', () => {
  const { store, directory } = openFixture()
  liveThrough(store)
  const before = rowsOf(directory)
  const sqlite = new Sqlite(join(directory, 'saltern.db'))
  sqlite.exec("UPDATE runs SET state = 'done'; DELETE FROM results WHERE position = 1")
  sqlite.close()

  expect([...store.rebuildViews()].sort()).toEqual(['results', 'runs'])
  expect(rowsOf(directory)).toEqual(before)
})

it('a replay agrees with the views after any sequence of run events', () => {
  const steps: readonly ((store: Store, number: number) => unknown)[] = [
    (store, number) => store.runs.send(runId(number)),
    (store, number) => store.runs.accept(runId(number)),
    (store, number) => store.runs.start(runId(number), 3),
    (store, number) => store.runs.expire(runId(number)),
    (store, number) => store.runs.lose(runId(number), { code: 'INTERNAL', message: 'gone' }),
    (store, number) => store.runs.cancel(runId(number), 'root'),
    (store, number) => store.runs.orderCancel(runId(number), 'root'),
    (store, number) => store.runs.sendCancel(runId(number)),
    (store, number) => store.reports.save(delivered(newReport(number, { minion: minionOf(number) }))),
    // Appends directly to the log, bypassing the rules: a view must tolerate it.
    (store, number) => store.log.append({ type: 'run-running', run: runId(number), states: 1 }),
    (store, number) => store.log.append({ type: 'run-accepted', run: runId(number + 50) }),
    (store, number) => store.log.append(storedAgain(store, number)),
  ]
  const step = fc.tuple(fc.nat(steps.length - 1), fc.integer({ min: 1, max: 3 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), happened => {
      const store = openStore(temporaryDirectory(), { now: () => START })
      const runs = [1, 2, 3].map(number => newRun(store, number, { minion: minionOf(number) }))
      for (const [index, run] of runs.entries()) store.jobs.order(newJob(index + 1), [run])
      for (const [index, number] of happened) steps[index]?.(store, number)
      const differing = store.rebuildViews()
      store.close()
      expect(differing).toEqual([])
    }),
    { numRuns: 25 },
  )
})

/** Appends an event as if the log said twice that the report of a run was stored. */
function storedAgain(store: Store, number: number): MasterEvent {
  const report = newReport(number, { minion: minionOf(number), state: 'failed' })
  const { sha256 } = store.blobs.put(encodeReport(report))
  const { run, minion, state, counts } = report
  return { type: 'report-stored', run, minion, report: sha256, signature: 'again', state, counts }
}

function minionOf(number: number): MinionId {
  return `db${number}` as MinionId
}
