import { afterEach, beforeEach, expect, it } from 'vitest'
import { ClockScene } from './clock-scene.ts'
import { until } from './scene.ts'

let scene: ClockScene
beforeEach(async () => {
  scene = new ClockScene('2026-11-21T10:00:00Z')
  await scene.makeFleet({
    'roles/demo/role.yml': 'summary: one file\n',
    'roles/demo/states.yml': `note:\n  file.managed: {name: "${scene.out}/note", contents: "one\\n", ${scene.owner}}\n`,
    'inventory.yml': '"m*": {roles: [demo], level: staging}\n',
  })
  await scene.startMaster()
  await scene.join('m1')
})
afterEach(() => scene.close())

it('a minion accepts orders after the clock of the master is set back by an hour, and an event records the change', async () => {
  await scene.must(['apply', 'm1'])
  scene.setClock('2026-11-21T09:00:00Z')
  await until('the event', async () =>
    (await scene.must(['events', '--limit', '100'])).includes('master-clock-changed'),
  )
  const { code, out } = await scene.run(['apply', 'm1'])

  expect(out).toContain('m1  done')
  expect(code).toBe(0)
})
