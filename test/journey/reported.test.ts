import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import { Scene } from './scene.ts'

const scene = new Scene()
const mode = (): string => scene.owner.replace(', ', '\n    ')
const content = (name: string): string => readFileSync(join(scene.out, name), 'utf8')
const outcome = async (...words: readonly string[]): Promise<ApplyResult & { readonly code: number | null }> => {
  const { code, out } = await scene.run(['--json', ...words])
  return { ...(JSON.parse(out) as ApplyResult), code }
}

beforeAll(async () => {
  await scene.makeFleet({
    // Like a key that is generated on the host and unknown elsewhere before.
    'roles/hub/role.yml': `summary: makes a key
exports:
  key: {type: text, reported: true}
  keys: {type: {"*": identifier}, reported: true}
`,
    'roles/hub/states.yml': `make:
  cmd.run:
    cmd: [/bin/sh, -c, "tr -d - < /proc/sys/kernel/random/uuid > ${scene.out}/{{minion.id}}.key"]
    creates: ${scene.out}/{{minion.id}}.key
tell:
  value.read: {file: "${scene.out}/{{minion.id}}.key", export: key, require: [{cmd: make}]}
"tell {{link}}":
  each: "{{split 'a,b' ','}}"
  as: link
  value.read: {cmd: [echo, "{{link}}-{{minion.id}}"], export: {keys: "{{link}}"}}
`,
    'roles/spoke/role.yml': 'summary: reads the key\n',
    'roles/spoke/states.yml': `${scene.out}/{{minion.id}}.hub:
  file.managed:
    contents: "{{export 'hub' 'key'}} {{lookup (export 'hub' 'keys') 'b'}}\\n"
    ${mode()}
`,
    // Each end reads the other's value: a cycle.
    'roles/peer/role.yml': `summary: reads the keys of all others
exports:
  key: {type: identifier, reported: true}
checks:
  reaches the other:
    run: [grep, -q, "k-p1 k-p2", "${scene.out}/{{minion.id}}.peers"]
`,
    'roles/peer/states.yml': `tell:
  value.read: {cmd: [echo, "k-{{minion.id}}"], export: key}
${scene.out}/{{minion.id}}.peers:
  file.managed:
    contents: "{{join (pluck (exports 'peer' 'key') 'value') ' '}}\\n"
    ${mode()}
`,
    'inventory.yml': `a-spoke: {roles: [spoke], level: staging}
z-hub: {roles: [hub], level: staging}
p1: {roles: [peer], level: staging}
p2: {roles: [peer], level: staging}
`,
  })
  await scene.startMaster()
  for (const id of ['a-spoke', 'z-hub', 'p1', 'p2']) await scene.join(id)
})
afterAll(() => scene.close())

it('a reported export is missing until its minion is applied, and its reader names the minion it waits for', async () => {
  const alone = await scene.run(['apply', 'a-spoke'])
  const tested = await scene.run(['test', 'a-spoke or z-hub'])

  expect(alone.code).toBe(2)
  expect(alone.err).toContain('the export `key` of the role `hub` is reported by z-hub when it is applied')
  expect(tested.code).toBe(0)
  expect(tested.out).toMatch(/waiting +a-spoke\n.*reported by z-hub/)
  expect(existsSync(join(scene.out, 'a-spoke.hub'))).toBe(false)
})

it('a reported export reaches its readers, also in a cycle, in further rounds of the same apply', async () => {
  const first = await outcome('apply', '*')

  expect(first.code).toBe(0)
  expect(first.waiting).toBeUndefined()
  expect(first.runs.map(({ minion, state }) => `${minion} ${state}`).sort()).toEqual([
    'a-spoke done',
    'p1 done',
    'p2 done',
    'z-hub done',
  ])
  expect(first.earlier?.map(({ minion }) => minion).sort()).toEqual(['p1', 'p2'])
  // A value that the other end has not reported yet is not a failure: checks wait for the round that has it.
  expect(first.earlier?.map(({ state, checks }) => [state, checks])).toEqual([
    ['done', []],
    ['done', []],
  ])
  expect(first.runs.flatMap(({ checks }) => checks.map(({ outcome }) => outcome))).toEqual(['passed', 'passed'])
  expect(first.totals?.map(({ minion, rounds, state }) => `${minion} ${rounds} ${state}`).sort()).toEqual([
    'p1 2 done',
    'p2 2 done',
  ])
  expect(content('a-spoke.hub')).toBe(`${content('z-hub.key').trim()} b-z-hub\n`)
  expect([content('p1.peers'), content('p2.peers')]).toEqual(['k-p1 k-p2\n', 'k-p1 k-p2\n'])
})

it('a reported export changes nothing in a second apply and survives a restart of the master', async () => {
  await scene.kill('master', 'SIGKILL')
  await scene.startMaster()
  for (const id of ['a-spoke', 'z-hub', 'p1', 'p2']) await scene.here(id)
  const again = await outcome('apply', '*')

  expect(again.runs.map(({ counts }) => counts?.changed ?? 0)).toEqual([0, 0, 0, 0])
  expect(again.earlier).toBeUndefined()
})

it('a changed reported export is applied to its readers in the same apply', async () => {
  writeFileSync(join(scene.out, 'z-hub.key'), 'another\n')
  await scene.must(['apply', '*'])

  expect(content('a-spoke.hub')).toBe('another b-z-hub\n')
})

it('a reported export of the wrong type counts as missing and blocks no other minion', async () => {
  writeFileSync(
    join(scene.fleet, 'roles/hub/role.yml'),
    `summary: makes a key
exports:
  key: {type: port, reported: true}
  keys: {type: {"*": identifier}, reported: true}
`,
  )
  const { code, waiting, runs } = await outcome('apply', '*')

  expect(code).toBe(1)
  expect(waiting?.map(({ minion }) => minion)).toEqual(['a-spoke'])
  expect(runs.map(({ state }) => state)).toEqual(['done', 'done', 'done'])
})
