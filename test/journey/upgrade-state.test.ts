import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../../master/api/client.ts'
import type { InputOf, VerbName } from '../../master/verbs/index.ts'
import { ClockScene } from './clock-scene.ts'
import { until } from './scene.ts'

const CASES = resolve(import.meta.dirname, '../cases/upgrade')
const RELEASE = 'release-38d7810'

interface Rows {
  readonly [name: string]: unknown
}

/** What the release listed of its own store, row by row. */
interface Told {
  readonly madeAt: string
  readonly out: string
  readonly [list: string]: unknown
}

const told = JSON.parse(readFileSync(join(CASES, `${RELEASE}.json`), 'utf8')) as Told
// The time right after the master was stopped, so tokens, orders and certificates are as valid as they were then.
const scene = new ClockScene(told.madeAt)
const minion = scene.minionState('m1')
const spooled = (): readonly string[] => readdirSync(join(minion, 'outbox')).filter(name => name.endsWith('.report'))
let delivered: readonly string[] = []

beforeAll(async () => {
  mkdirSync(scene.out)
  execFileSync('tar', ['xzf', join(CASES, `${RELEASE}.tar.gz`), '-C', scene.directory])
  for (const name of ['states.yml', 'role.yml']) {
    const path = join(scene.fleet, 'roles/demo', name)
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(told.out, scene.out))
  }
  await scene.must(['migrate', scene.fleet])
  // Pretend that the host has not rebooted since.
  writeFileSync(join(minion, 'boot-id'), readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
  delivered = spooled().map(name => name.replace('.report', ''))
  await scene.startMaster()
  const settings = join(minion, 'minion.yml')
  const port = scene.address.split(':')[1]
  writeFileSync(settings, readFileSync(settings, 'utf8').replace(/port: \d+/, `port: ${port}`))
})
afterAll(() => scene.close())

/** Calls a verb with the API client of the CLI, without a process for each call. */
async function ask<Verb extends VerbName>(verb: Verb, input: InputOf<Verb>): Promise<Rows> {
  return (await createClient(join(scene.state, 'master.sock')).call(verb, input)) as unknown as Rows
}

/** Keeps the fields that identify a row, so that additions and wording of later releases do not matter. */
function named(rows: unknown, fields: readonly string[]): readonly unknown[] {
  return (rows as readonly Rows[]).map(row => Object.fromEntries(fields.map(field => [field, row[field]])))
}

it.each<{ list: string; of: () => Promise<Rows>; fields: readonly string[] }>([
  {
    list: 'jobs',
    of: () => ask('jobs', { limit: 500 }),
    fields: ['job', 'verb', 'origin', 'target', 'operator', 'createdAt'],
  },
  { list: 'minions', of: () => ask('minions', {}), fields: ['minion', 'key', 'level', 'roles'] },
  { list: 'keys', of: () => ask('keys', {}), fields: ['minion', 'state', 'fingerprint', 'firstSeenAt'] },
  { list: 'tokens', of: () => ask('tokens', {}), fields: ['token', 'uses', 'used', 'expiresAt'] },
  {
    list: 'sessions',
    of: () => ask('sessions', {}),
    fields: ['session', 'verb', 'minion', 'openedAt', 'endedAt', 'exit'],
  },
  { list: 'schedules', of: () => ask('schedule-list', {}), fields: ['schedule', 'cron', 'state'] },
  { list: 'reports', of: () => ask('report', { of: 'm1' }), fields: ['run', 'state', 'counts', 'startedAt'] },
])('the master lists the same $list after an upgrade from release 38d7810', async ({ list, of, fields }) => {
  const before = told[list] as readonly Rows[]

  expect(before.length).toBeGreaterThan(0)
  expect(named((await of())[list], fields)).toEqual(named(before, fields))
})

it('the master lists the leases of release 38d7810 as allocations', async () => {
  const before = (told['leases'] as readonly Rows[]).map(({ lease, minion, value }) => ({ lease, minion, value }))
  const { allocations } = await ask('allocation-list', {})

  expect(before.length).toBeGreaterThan(0)
  expect(
    (allocations as readonly Rows[]).map(({ allocation, minion, value }) => ({ lease: allocation, minion, value })),
  ).toEqual(before)
})

it('the master lists compliance reports and runbook runs of release 38d7810 and plays its recording', async () => {
  const { reports } = await ask('compliance-history', {})
  const { runs } = await ask('runbook-list', {})
  const recorded = (told['sessions'] as readonly Rows[]).find(({ verb }) => verb === 'ssh')

  expect(named(reports, ['id', 'score'])).toEqual(named((told['compliance'] as Rows)['reports'], ['id', 'score']))
  expect(named(runs, ['id', 'runbook', 'state'])).toEqual(
    named((told['runbooks'] as Rows)['runs'], ['id', 'runbook', 'state']),
  )
  expect(await ask('session-play', { session: String(recorded?.['session']) })).toMatchObject({
    text: expect.stringContaining('recorded'),
  })
})

it('the audit log of release 38d7810 verifies', async () => {
  expect(await ask('audit-verify', { given: [] })).toMatchObject({ ok: true })
})

it('a minion connects with its state of release 38d7810, and its undelivered report is accepted', async () => {
  scene.startMinion('m1')
  await until(
    'the outbox is empty',
    () => scene.log('minion-m1').includes('link-ready') && spooled().length === 0,
    () => scene.log('minion-m1'),
  )
  const interrupted = /"event":"run-interrupted","run":"([^"]+)"/.exec(scene.log('minion-m1'))?.[1]
  const reports = async (of: string): Promise<readonly Rows[]> =>
    (await ask('report', { of }))['reports'] as readonly Rows[]

  expect(delivered.length).toBeGreaterThan(0)
  for (const run of delivered) expect(await reports(run)).toMatchObject([{ run, state: 'done' }])
  expect(await reports(String(interrupted))).toMatchObject([
    { origin: 'local', state: 'failed', owed: [{ state: expect.stringContaining('reload') }] },
  ])
})

it('an apply after an upgrade from release 38d7810 runs the pending trigger and keeps the allocation', async () => {
  const before = await ask('allocation-list', {})
  const { code, out } = await scene.run(['apply', 'm1'])

  expect(out).toContain('m1  done')
  expect(code).toBe(0)
  expect(readFileSync(join(scene.out, 'm1.reloads'), 'utf8')).toBe('reloaded\n')
  expect(await ask('allocation-list', {})).toEqual(before)
  expect(await ask('audit-verify', { given: [] })).toMatchObject({ ok: true })
})

it('a minion that lost its counters after an upgrade is admitted and not reported as a clone', async () => {
  await scene.kill('minion-m1')
  const before = scene.log('minion-m1').length
  writeFileSync(join(minion, 'link.json'), 'not what was written')
  scene.startMinion('m1')
  await until('the link is ready', () => scene.log('minion-m1').slice(before).includes('link-ready'))

  expect(scene.log('minion-m1')).toContain('state-damaged')
  expect(scene.log('master')).not.toContain('link-key-used-twice')
})
