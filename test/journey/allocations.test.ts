import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AllocationRow } from '../../master/verbs/allocation.ts'
import type { ContractResult } from '../../master/verbs/contract.ts'
import { Scene } from './scene.ts'

const scene = new Scene()

const role = (to: number): string => `summary: has a number of its own
allocations:
  number: {from: 1, to: ${to}}
  net: {within: "2001:db8::/44", length: 48}
exports:
  number: {type: integer, value: "{{allocations.number}}"}
`

const content = (id: string): string => readFileSync(join(scene.out, id), 'utf8')

async function allocations(): Promise<readonly string[]> {
  const { allocations: rows } = JSON.parse(await scene.must(['--json', 'allocation', 'list'])) as {
    allocations: readonly AllocationRow[]
  }
  return rows.map(({ allocation, minion, value, state }) => `${allocation} ${minion} ${String(value)} ${state}`)
}

beforeAll(async () => {
  await scene.makeFleet({
    'roles/numbered/role.yml': role(2),
    'roles/numbered/states.yml': `${scene.out}/{{minion.id}}:
  file.managed:
    contents: "{{allocations.number}} {{allocations.net}} of {{json (pluck (exports 'numbered' 'number') 'value')}}\\n"
    ${scene.owner.replace(', ', '\n    ')}
`,
    'roles/worker/role.yml': 'summary: follows the leader\n',
    'roles/worker/states.yml': `${scene.out}/{{minion.id}}.worker:
  file.managed: {contents: "{{export 'leader' 'who'}}", ${scene.owner}}
`,
    'roles/leader/role.yml': `summary: the one
singleton: true
include: [worker]
contract: {count: {exactly: 1}}
exports:
  who: {type: text, value: "{{minion.id}}"}
`,
    'roles/leader/states.yml': `${scene.out}/leader:
  file.managed: {contents: "{{minion.id}}", ${scene.owner}}
`,
    'inventory.yml': `a1: {roles: [numbered, leader], level: staging}
a2: {roles: [numbered, worker], level: staging}
`,
  })
  await scene.startMaster()
  for (const id of ['a1', 'a2']) await scene.join(id)
})
afterAll(() => scene.close())

it('rendering a catalog makes no allocation', async () => {
  expect(await scene.must(['render', 'a2', '--file', join(scene.out, 'a2')])).toContain('2 2001:db8:1::/48')
  expect(await allocations()).toEqual([])
})

it('allocations give each minion its own value, and exports can use them before any catalog is compiled', async () => {
  await scene.must(['apply', '*'])

  expect([content('a1'), content('a2')]).toEqual(['1 2001:db8::/48 of [1,2]\n', '2 2001:db8:1::/48 of [1,2]\n'])
  expect(await allocations()).toEqual([
    'leader@staging a1 holder held',
    'numbered/net a1 2001:db8::/48 held',
    'numbered/net a2 2001:db8:1::/48 held',
    'numbered/number a1 1 held',
    'numbered/number a2 2 held',
  ])
})

it('allocations stay the same across a restart of the master', async () => {
  const before = await allocations()
  await scene.kill('master', 'SIGKILL')
  await scene.startMaster()
  for (const id of ['a1', 'a2']) await scene.here(id)

  expect(await scene.must(['apply', '*'])).toMatch(/0 changed/)
  expect(await allocations()).toEqual(before)
})

it('an apply reports an exhausted allocation range and an allocated value outside its range', async () => {
  writeFileSync(join(scene.fleet, 'roles/numbered/role.yml'), role(1))
  const { code, err } = await scene.run(['apply', 'a2'])

  expect(code).toBe(2)
  expect(err).toContain('a2 holds `2` of `numbered/number`, and the role now wants 1 to 1')
  await scene.must(['allocation', 'release', 'numbered/number', 'a2'])
  expect((await scene.run(['apply', 'a2'])).err).toContain('all of 1 to 1 is allocated')
  writeFileSync(join(scene.fleet, 'roles/numbered/role.yml'), role(9))
  await scene.must(['apply', 'a2'])
  expect(await allocations()).toContain('numbered/number a2 2 held')
})

it('releasing an allocation of a minion that has none fails and names the holders', async () => {
  const { code, err } = await scene.run(['allocation', 'release', 'numbered/number', 'a9'])

  expect(code).toBe(2)
  expect(err).toContain('It is held by a1, a2.')
})

it('a singleton role stays with its holder when the inventory names another minion, and `master roles` shows it', async () => {
  const inventory = 'a1: {roles: [numbered, worker], level: staging}\na2: {roles: [numbered, leader], level: staging}\n'
  writeFileSync(join(scene.fleet, 'inventory.yml'), inventory)
  await scene.must(['apply', '*'])
  const { findings } = JSON.parse((await scene.run(['--json', 'contract', 'leader'])).out) as ContractResult

  expect(content('leader')).toBe('a1')
  expect([content('a1.worker'), content('a2.worker')]).toEqual(['a1', 'a1'])
  expect(findings.map(({ found, ok }) => [found, ok])).toEqual([['1: a1', true]])
  expect(await scene.must(['roles'])).toMatch(/leader +ready +a1 \(the inventory names a2\)/)
})

it('a singleton role moves to the minion in the inventory after its allocation is released', async () => {
  await scene.must(['allocation', 'release', 'leader@staging', 'a1'])
  await scene.must(['apply', '*'])

  expect(content('leader')).toBe('a2')
  expect([content('a1.worker'), content('a2.worker')]).toEqual(['a2', 'a2'])
  expect(await allocations()).toContain('leader@staging a2 holder held')
})
