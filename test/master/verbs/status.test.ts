import { expect, it, vi } from 'vitest'
import { ALL_RIGHTS } from '../../../master/access/caller.ts'
import type { ControlContext } from '../../../master/context.ts'
import { createSnapshotOrder } from '../../../master/control/snapshot-order.ts'
import type { KeyClaim } from '../../../master/keys/key-store.ts'
import { statusVerbs } from '../../../master/verbs/status.ts'
import { AppError } from '../../../protocol/errors.ts'
import type { Fingerprint, MinionId } from '../../../protocol/ids.ts'
import { runVerb } from '../run-verb.ts'
import { openFixture } from '../store/fixture.ts'
import { jobId, newJob, newRun, runId } from '../store/rows.ts'

const [statusVerb] = statusVerbs
const NOW = Date.parse('2026-11-21T03:00:00.000Z')
const problem = { code: 'FLEET_INVALID', message: 'fleet.yml is not YAML' } as const

interface Told {
  readonly look?: ControlContext['scheduler']['look']
  readonly stateDirectory?: string
}

/** A master whose fleet cannot be read, with these accepted minions, of which none is online. */
function sceneOf(minions: readonly string[], { look, stateDirectory = import.meta.dirname }: Told = {}) {
  const { store } = openFixture()
  minions.forEach((minion, at) => {
    const key = new Uint8Array(32).fill(at + 1)
    const claim = { minion, fingerprint: `SHA256:${at}`, key, sealingKey: key } as unknown as KeyClaim
    store.keys.addPending(claim)
    store.keys.accept(minion as MinionId, `SHA256:${at}` as Fingerprint, 'root')
  })
  const unreadable = () => Promise.reject(new AppError(problem))
  const context = {
    store,
    keyStore: store.keys,
    now: () => NOW,
    links: { isOnline: () => false },
    scheduler: { look: look ?? unreadable },
    snapshots: createSnapshotOrder(),
    fleetReader: { read: unreadable },
    fleetId: 'fleet-1',
    fleetDirectory: '/srv/fleet',
    facts: { version: '1', pid: 1, startedAt: '2026-11-21T02:00:00.000Z', stateDirectory },
  } as unknown as ControlContext
  return { store, context }
}

it('the status of a master whose fleet cannot be read has its problems, and everything else', async () => {
  const status = await runVerb(statusVerb, sceneOf(['db1']).context, {})

  expect(status).toMatchObject({
    node: process.versions.node,
    protocol: [1],
    now: '2026-11-21T03:00:00.000Z',
    fleet: { id: 'fleet-1', problems: [problem] },
    minions: { accepted: 1, connected: 0, offline: [{ minion: 'db1' }] },
    jobs: [],
    schedule: { entries: 0, paused: [], failed: [] },
    certificates: { issued: 0 },
  })
  expect(status.failed).toBeUndefined()
  expect(status.disk?.freeBytes).toBeGreaterThan(0)
})

it('the status names at most ten offline minions', async () => {
  const many = Array.from({ length: 12 }, (_, at) => `web${at + 10}`)

  const { minions } = await runVerb(statusVerb, sceneOf(many).context, {})

  expect([minions.accepted, minions.offline.length]).toEqual([12, 10])
})

it('the status names the certificate that expires first, of minions that are still accepted', async () => {
  const { store, context } = sceneOf(['db1', 'db2'])
  const issue = (minion: string, notAfter: string) =>
    store.certificates.save({ minion: minion as MinionId, name: 'server', certificate: 'c', sealedKey: 'k', notAfter })
  issue('db1', '2027-03-01T00:00:00.000Z')
  issue('db2', '2027-01-01T00:00:00.000Z')
  issue('gone', '2026-01-01T00:00:00.000Z')
  const list = vi.spyOn(store.minions, 'list')

  const { certificates } = await runVerb(statusVerb, context, {})

  expect(list).toHaveBeenCalledTimes(1)
  expect(certificates).toEqual({
    issued: 2,
    first: { minion: 'db2', name: 'server', notAfter: '2027-01-01T00:00:00.000Z' },
  })
})

it('the status has the next scheduled run, paused schedules, and those whose last run failed', async () => {
  const entry = (name: string, state: object, enabled = true) => ({ entry: { name, enabled }, state })
  const entries = [
    entry('late', { nextAt: '2026-11-22T00:00:00.000Z', lastOutcome: 'failed' }),
    entry('soon', { nextAt: '2026-11-21T05:00:00.000Z', lastOutcome: 'done' }),
    entry('rests', { nextAt: '2026-11-21T04:00:00.000Z', pausedAt: '2026-11-20T00:00:00.000Z' }),
    entry('off', { nextAt: '2026-11-21T04:00:00.000Z', lastOutcome: 'failed' }, false),
  ]
  const look = () => Promise.resolve({ entries, problems: [] }) as never

  const { schedule } = await runVerb(statusVerb, sceneOf([], { look }).context, {})

  expect(schedule).toEqual({
    entries: 4,
    paused: ['rests'],
    failed: ['late'],
    next: { schedule: 'soon', at: '2026-11-21T05:00:00.000Z' },
  })
})

it('the status shows jobs and schedules only to operators who may see all of them', async () => {
  const may = (verbs: readonly string[]) => {
    const allowed = (verb: string) => verbs.includes(verb)
    return { ...ALL_RIGHTS, allows: allowed, everywhere: allowed, allowsOn: allowed }
  }
  const { context } = sceneOf(['db1'])
  const seen = async (verbs: readonly string[]) => {
    const caller = { operator: 'anna', via: 'socket', rights: may(verbs) } as const
    const status = await runVerb(statusVerb, context, {}, { caller })
    return [status.jobs, status.schedule].map(part => part !== undefined)
  }

  expect(await seen(['status'])).toEqual([false, false])
  expect(await seen(['status', 'jobs'])).toEqual([true, false])
  expect(await seen(['status', 'jobs', 'schedule-list'])).toEqual([true, true])
})

it('the status shows an unfinished job although many newer ones are done', async () => {
  const { store, context } = sceneOf(['db1'])
  store.jobs.order(newJob(1), [newRun(store, 1), newRun(store, 2)])
  for (let number = 3; number < 63; number += 1) {
    store.jobs.order(newJob(number), [newRun(store, number)])
    store.runs.cancel(runId(number), 'root')
  }

  const { jobs, runs } = await runVerb(statusVerb, context, {})

  expect(runs).toEqual({ onTheWay: 2, jobs: 1 })
  expect(jobs).toMatchObject([{ job: jobId(1), runs: { queued: 2 } }])
})

it('a status without a readable state directory has no disk, and is a status all the same', async () => {
  const { disk, version } = await runVerb(statusVerb, sceneOf([], { stateDirectory: '/nonexistent' }).context, {})

  expect([disk, version]).toEqual([undefined, '1'])
})
