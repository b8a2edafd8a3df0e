import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Scene } from './scene.ts'

const SECRETS = ['amselnest-40c1', 'drosselnest-91d7', 'meisennest-62b8'] as const

const scene = new Scene()
beforeAll(async () => {
  await scene.makeFleet({
    'roles/demo/role.yml': 'summary: keeps a secret\npillar:\n  demo.password: {type: secret}\n',
    'roles/demo/states.yml': `config:
  file.managed:
    name: ${scene.out}/config
    contents: "password = {{pillar.demo.password}}\\n"
    mode: "0600"
    ${scene.owner.replace(', ', '\n    ')}
start:
  cmd.run:
    cmd: "cat ${scene.out}/config ${scene.out}/journal >&2; exit 3"
    shell: true
    onlyif: [[test, -e, ${scene.out}/journal]]
    require: [{file: config}]
`,
    'inventory.yml': '"m*": {roles: [demo], level: staging}\n',
  })
  await scene.startMaster()
  await scene.must(['pillar', 'set', 'demo.password'], SECRETS[0])
  await scene.join('m1')
  await scene.must(['apply', 'm1'])
})
afterAll(() => scene.close())

/** Applies a new secret while a program prints the old one; gives all that is said about it. */
async function change(secret: string): Promise<readonly string[]> {
  // What a service wrote when the old secret was good, and what is read again when it does not start.
  renameSync(join(scene.out, 'config'), join(scene.out, 'journal'))
  await scene.must(['pillar', 'set', 'demo.password'], secret)
  const { code, out, err } = await scene.run(['apply', 'm1', '--json'])
  expect(code).toBe(1)
  const report = await scene.must(['report', 'm1', '--json'])
  expect(report).toContain('password = ***\\npassword = ***')
  return [out, err, report, await scene.must(['report', 'm1']), scene.log('minion-m1')]
}

function shownIn(texts: readonly string[]): readonly string[] {
  return SECRETS.filter(secret => texts.some(text => text.includes(secret)))
}

test('a rotated secret appears in no report of an agent that applied the old value', async () => {
  expect(shownIn(await change(SECRETS[1]))).toEqual([])
})

test('a rotated secret appears in no report of an agent that has the old value in its cached catalog', async () => {
  await scene.kill('minion-m1')
  scene.startMinion('m1')
  await scene.here('m1')

  expect(shownIn(await change(SECRETS[2]))).toEqual([])
})
