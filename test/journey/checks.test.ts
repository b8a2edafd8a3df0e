import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import type { ReportResult } from '../../master/verbs/jobs.ts'
import { Scene } from './scene.ts'

const scene = new Scene()
const greeting = join(scene.out, 'greeting')

const ROLE = `summary: writes one file and looks into it
checks:
  greets: {run: [cat, "${greeting}"], expect: {stdout: hello}}
  is elsewhere: {run: ["false"], when: "{{eq minion.level 'production'}}"}
`

beforeAll(async () => {
  await scene.makeFleet({
    'roles/demo/role.yml': ROLE,
    'roles/demo/states.yml': `${greeting}:\n  file.managed: {contents: "hello\\n", ${scene.owner}}\n`,
    'inventory.yml': 'm1: {roles: [demo], level: staging}\n',
  })
  await scene.startMaster()
  await scene.join('m1')
})
afterAll(() => scene.close())

it('a dry run reports a check as may-change while the state it depends on is pending', async () => {
  const { code, out } = await scene.run(['test', 'm1', '--detailed-exitcode'])

  expect(code).toBe(5)
  expect(out).toContain('1 would-change, 0 unchanged, 0 of 1 check passed')
  expect(out).toMatch(/may-change {4}check demo\/greets/)
})

it('checks pass after an apply, and again in a dry run', async () => {
  const applied = await scene.run(['apply', 'm1'])
  const tested = await scene.run(['test', 'm1', '--detailed-exitcode'])

  expect(applied).toMatchObject({ code: 0 })
  expect(applied.out).toContain('m1  done  1 changed, 0 unchanged, 1 check passed')
  expect(tested).toMatchObject({ code: 0 })
  expect(tested.out).toContain('0 would-change, 1 unchanged, 1 check passed')
})

it('a failing check makes a dry run and an apply fail and shows expected and found values', async () => {
  scene.write({ 'roles/demo/role.yml': ROLE.replace('stdout: hello', 'stdout: good day') })
  const tested = await scene.run(['test', 'm1', '--detailed-exitcode'])
  const applied = await scene.run(['apply', 'm1'])
  const jobs = await scene.must(['jobs', '--limit', '1'])
  const report = await scene.must(['report', 'm1'])
  scene.write({ 'roles/demo/role.yml': ROLE })

  for (const { code, out } of [tested, applied]) {
    expect(code).toBe(1)
    expect(out).toMatch(/m1 {2}failed .*1 unchanged, 1 of 1 check failed/)
    expect(out).toMatch(/failed {8}check demo\/greets/)
    expect(out).toContain('expected the stdout `good day`, got `hello`')
    expect(out).toContain('roles/demo/role.yml:3:3')
  }
  expect(jobs).toContain('1 failed')
  expect(report).toContain('1 of 1 check failed')
})

it('a dry run reports drift even when a check depends on the drifted state', async () => {
  writeFileSync(greeting, 'by hand\n')
  const { code, out } = await scene.run(['--json', 'test', 'm1', '--detailed-exitcode'])
  const { runs } = JSON.parse(out) as ApplyResult

  expect(code).toBe(5)
  expect(runs).toMatchObject([
    { state: 'done', counts: { 'would-change': 1 }, checks: [{ key: 'demo/greets', outcome: 'may-change' }] },
  ])
  expect((await scene.run(['apply', 'm1'])).code).toBe(0)
})

it('the report contains the checks and the facts that the minion observed about its host', async () => {
  const { reports } = JSON.parse(await scene.must(['--json', 'report', 'm1'])) as ReportResult
  const [report] = reports

  expect(report?.checks).toMatchObject([{ key: 'demo/greets', outcome: 'passed' }])
  expect(report?.observed?.mounts.map(({ path }) => path)).toContain('/')
  expect(report?.observed?.sockets).toContainEqual({
    proto: 'tcp',
    address: '127.0.0.1',
    port: Number(scene.address.split(':')[1]),
  })
})

it('checks run on a minion that applies its cached catalog without the master', async () => {
  const { code, out } = await scene.minion('m1', ['apply', '--cached'])
  expect({ code, out }).toMatchObject({ code: 0 })

  scene.write({ 'roles/demo/role.yml': ROLE.replace('stdout: hello', 'stdout: good day') })
  expect((await scene.run(['apply', 'm1'])).code).toBe(1)
  const failing = await scene.minion('m1', ['apply', '--cached'])
  scene.write({ 'roles/demo/role.yml': ROLE })

  expect(failing.code).toBe(1)
  expect(failing.out).toContain('failed       check demo/greets')
})
