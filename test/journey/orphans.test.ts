import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Scene } from './scene.ts'

let scene: Scene

const file = (name: string, more = ''): string =>
  `${name}:\n  file.managed: {name: "${scene.out}/${name}", contents: "x\\n", ${scene.owner}${more}}\n`

beforeEach(async () => {
  scene = new Scene()
  await scene.makeFleet({
    'roles/demo/role.yml': 'summary: keeps files\n',
    'roles/demo/states.yml': file('stays') + file('goes', ', on_orphan: remove') + file('reported'),
    'inventory.yml': '"m*": {roles: [demo], level: staging}\n',
  })
  await scene.startMaster()
  await scene.join('m1')
})
afterEach(() => scene.close())

it('a resource that its role no longer declares is removed with `on_orphan: remove` and reported otherwise', async () => {
  await scene.must(['apply', 'm1'])
  scene.write({ 'roles/demo/states.yml': file('stays') })

  const test = await scene.run(['test', 'm1', '--detailed-exitcode'])
  const there = existsSync(join(scene.out, 'goes'))
  const apply = await scene.must(['apply', 'm1'])
  const again = await scene.must(['apply', 'm1'])

  expect(test.code).toBe(5)
  expect(test.out).toMatch(/would-change +file\.absent goes/)
  expect(there).toBe(true)
  expect(apply).toMatch(/changed +file\.absent goes/)
  expect(apply).toContain(
    `orphan        file:${scene.out}/reported  made by a role that no longer declares it, was declared at roles/demo/states.yml:5:`,
  )
  expect(existsSync(join(scene.out, 'goes'))).toBe(false)
  expect(existsSync(join(scene.out, 'reported'))).toBe(true)
  expect(again).toContain('m1  done  0 changed')
  expect(again).toContain(`orphan        file:${scene.out}/reported`)
})
