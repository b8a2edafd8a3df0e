import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import type { OrphansResult } from '../../master/verbs/orphans.ts'
import { copyProject } from './project-copy.ts'
import { Scene } from './scene.ts'

let scene: Scene

const file = (name: string, more = ''): string =>
  `${name}:\n  file.managed: {name: "${scene.out}/${name}", contents: "x\\n", ${scene.owner}${more}}\n`
const here = (name: string): boolean => existsSync(join(scene.out, name))
const listed = async (...words: readonly string[]): Promise<OrphansResult> => {
  return JSON.parse(await scene.must(['--json', 'orphans', ...words])) as OrphansResult
}
const things = async (): Promise<readonly string[]> => {
  const { minions } = await listed()
  return minions.flatMap(({ orphans }) => orphans.map(({ thing }) => thing.replace(`${scene.out}/`, '')))
}

beforeEach(async () => {
  scene = new Scene()
  await scene.makeFleet({
    'roles/demo/role.yml': 'summary: keeps files\n',
    'roles/demo/states.yml':
      file('stays') + file('goes', ', on_orphan: remove') + file('first') + file('found') + file('second'),
    'inventory.yml': '"m*": {roles: [demo], level: staging}\n',
  })
  writeFileSync(join(scene.out, 'found'), 'x\n')
  await scene.startMaster()
  await scene.join('m1')
  await scene.must(['apply', 'm1'])
  scene.write({ 'roles/demo/states.yml': file('stays') })
})
afterEach(() => scene.close())

it('a resource that its role no longer declares is removed with `on_orphan: remove` and counted as an orphan otherwise', async () => {
  const test = await scene.run(['test', 'm1', '--detailed-exitcode'])
  const wasHere = here('goes')
  const apply = await scene.must(['apply', 'm1'])
  const again = await scene.must(['apply', 'm1'])
  const verbose = await scene.must(['apply', 'm1', '-v'])
  const compliance = await scene.must(['compliance', 'm1'])

  expect(test.code).toBe(5)
  expect(test.out).toMatch(/would-change +file\.absent goes/)
  expect(wasHere).toBe(true)
  expect(apply).toMatch(/changed +file\.absent goes/)
  expect(apply).toContain('m1 has 3 orphans: master orphans m1\n')
  expect(here('goes')).toBe(false)
  expect(here('first')).toBe(true)
  expect(again).toContain('m1  done  0 changed')
  expect(again).toContain('m1 has 3 orphans: master orphans m1\n')
  expect(again).not.toContain('file:')
  expect(verbose).toContain(
    `orphan        file:${scene.out}/first  made by a role that no longer declares it, was declared at roles/demo/states.yml:5:`,
  )
  expect(compliance).toContain('m1 has 3 orphans: master orphans m1\n')
})

it('orphans are listed, removed after a dry run in the reverse order, and gone from the list', async () => {
  await scene.must(['apply', 'm1'])
  const text = await scene.must(['orphans'])
  const { minions } = await listed('m1')
  const dry = await scene.run(['orphans', 'm1', '--remove', '--test'])
  const wasHere = [here('first'), here('second')]
  const unasked = await scene.run(['orphans', 'm1', '--remove'])
  const stillHere = [here('first'), here('second')]
  const removed = JSON.parse(await scene.must(['--json', 'orphans', 'm1', '--remove', '--yes'])) as ApplyResult
  const after = await things()
  const again = await scene.must(['orphans', 'm1', '--remove', '--yes'])
  const report = await scene.must(['report', removed.job])
  const audit = await scene.must(['audit', '--verb', 'orphans-remove'])
  const applied = await scene.must(['apply', 'm1'])

  expect(text).toMatch(/^m1\n/)
  expect(text).toMatch(/second +file\.managed second +demo +\d{4}-\d\d-\d\d \d\d:\d\d +file\.absent/)
  expect(text).toMatch(/found +file\.managed found +.* none: it existed before Saltern managed it/)
  expect(minions[0]).toMatchObject({ minion: 'm1', count: 3 })
  expect(minions[0]?.orphans[1]).toMatchObject({
    key: 'demo/file.managed/second',
    lastManagedAt: expect.stringMatching(/^20/),
  })
  expect(dry.code).toBe(0)
  expect(dry.out).toMatch(/would-change +file\.absent second[^]*would-change +file\.absent first/)
  expect(dry.out).toMatch(/skipped +file\.managed found/)
  expect(dry.out).toContain('not removable: it existed before Saltern managed it')
  expect(dry.out).toContain('dry run, nothing was changed')
  expect(wasHere).toEqual([true, true])
  expect(unasked.code).toBe(2)
  expect(unasked.err).toContain('USAGE: orphans --remove: expected a terminal for the confirmation, or `--yes`')
  expect(stillHere).toEqual([true, true])
  expect(removed.verb).toBe('orphans-remove')
  expect(removed.runs[0]?.results.map(({ outcome, id }) => `${outcome} ${id}`)).toEqual([
    'changed second',
    'changed first',
    'skipped found',
  ])
  expect([here('first'), here('second'), here('found'), here('stays')]).toEqual([false, false, true, true])
  expect(after).toEqual(['file:found'])
  expect(again).toContain('m1  done  0 changed')
  expect(report).toContain('orphans --remove')
  expect(audit).toMatch(/orphans-remove +/)
  expect(applied).toContain('m1  done  0 changed')
})

it('a forgotten orphan stays on the host and is reported no more, and `--state` narrows to it', async () => {
  await scene.must(['apply', 'm1'])
  const unknown = await scene.run(['orphans', 'm1', '--forget', '--yes', '--state', 'demo/file.managed/secnd'])
  const forgot = await scene.must(['orphans', 'm1', '--forget', '--yes', '--state', 'demo/file.managed/second'])
  const after = await things()
  await scene.must(['orphans', 'm1', '--remove', '--yes', '--state', `file:${scene.out}/first`])
  const applied = await scene.must(['apply', 'm1'])

  expect(unknown.code).toBe(2)
  expect(unknown.err).toContain('ORPHAN_UNKNOWN: no minion of the target has reported `demo/file.managed/secnd`')
  expect(unknown.err).toContain('Did you mean `demo/file.managed/second`?')
  expect(forgot).toMatch(/changed +file\.managed second/)
  expect(after).toEqual(['file:found', 'file:first'])
  expect([here('first'), here('second')]).toEqual([false, true])
  expect(applied).toContain('m1 has 1 orphan: master orphans m1\n')
})

it('nothing is removed that the last applied catalog still declares, and a boot does not apply the catalog of the order', async () => {
  const cached = join(scene.minionState('m1'), 'catalog.json')
  const before = readFileSync(cached, 'utf8')
  await scene.must(['test', 'm1'])

  const removed = await scene.must(['orphans', 'm1', '--remove', '--yes'])

  expect(removed).toContain('the catalog that was applied last still declares it: apply first')
  expect([here('first'), here('second')]).toEqual([true, true])
  expect(readFileSync(cached, 'utf8')).toBe(before)
})

it('a minion of a version without orphan orders refuses one, names the version that it needs, and removes nothing', async () => {
  await scene.must(['apply', 'm1'])
  const older = copyProject()
  onTestFinished(() => rmSync(older, { recursive: true, force: true }))
  const schema = join(older, 'protocol/order-schema.ts')
  const text = readFileSync(schema, 'utf8')
  writeFileSync(schema, text.replace('  orphans: z.optional(orphanWish),\n', ''))
  await scene.kill('minion-m1', 'SIGTERM')
  scene.startMinion('m1', join(older, 'minion/main.ts'))
  await scene.here('m1')

  const said = await scene.run(['orphans', 'm1', '--remove', '--yes'])
  const applied = await scene.run(['apply', 'm1'])

  expect(text).toContain('  orphans: z.optional(orphanWish),\n')
  expect(said.code).toBe(1)
  expect(said.out).toContain(
    'ORDER_REFUSED: the payload of the order has `orphans`, which this version of Saltern does not know: it needs version 0.2.0',
  )
  expect([here('first'), here('second')]).toEqual([true, true])
  expect(applied.code).toBe(0)
})
