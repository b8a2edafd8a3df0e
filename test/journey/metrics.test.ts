import { afterEach, beforeEach, expect, it } from 'vitest'
import { Scene } from './scene.ts'

let scene: Scene

beforeEach(async () => {
  scene = new Scene()
  await scene.makeFleet({
    'roles/demo/role.yml': 'summary: writes a file\n',
    'roles/demo/states.yml': `config:\n  file.managed: {name: "${scene.out}/config", contents: "one\\n", ${scene.owner}}\n`,
    'inventory.yml': '"m*": {roles: [demo], level: staging}\n',
  })
})
afterEach(() => scene.close())

it('the metrics of a running master include drift, failures and offline minions', async () => {
  await scene.startMaster([], { SALTERN_METRICS: '127.0.0.1:0' })
  await scene.join('m1')
  await scene.must(['apply', 'm1'])
  scene.write({
    'roles/demo/states.yml': `config:\n  file.managed: {name: "${scene.out}/config", contents: "two\\n", ${scene.owner}}\n`,
  })
  await scene.run(['compliance'])
  await scene.must(['test', 'm1'])
  await scene.kill('minion-m1')
  await scene.away('m1')

  const port = /"metrics":(\d+)/.exec(scene.log('master'))?.[1]
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()

  expect(text).toContain('saltern_minion_connected{minion="m1",level="staging"} 0')
  expect(text).toContain('saltern_minion_last_run_ok{minion="m1",level="staging",verb="apply"} 1')
  expect(text).toContain('saltern_minion_states{minion="m1",level="staging",verb="test",outcome="would-change"} 1')
  expect(text).toContain('saltern_compliance_score{target="*"} 0')
  expect(text).toMatch(/saltern_verb_duration_seconds_count\{verb="apply"\} 1/)
  expect(text).toContain('saltern_link_sessions_total 2')
})
