import { existsSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import { Scene } from './scene.ts'

const scene = new Scene()
const outOf = (minion: string): string => join(scene.out, `${minion}.txt`)
const states = (content: string): string => `${scene.out}/{{minion.id}}.txt:
  file.managed:
    ${content}
    ${scene.owner.replace(', ', '\n    ')}
`
/** Sparse: takes no space on the disk. */
const HUGE = 1024 ** 3 + 1
const made: string[] = []

function oversized(path: string): void {
  scene.write({ [path]: '' })
  truncateSync(join(scene.fleet, path), HUGE)
  made.push(path)
}

beforeAll(async () => {
  await scene.makeFleet({
    'roles/big/states.yml': states('contents: "big\\n"'),
    'roles/small/states.yml': states('contents: "small\\n"'),
    'inventory.yml': 'big1: {roles: [big], level: staging}\nsmall1: {roles: [small], level: staging}\n',
  })
  await scene.startMaster()
  for (const id of ['big1', 'small1']) await scene.join(id)
}, 90_000)
afterEach(() => {
  for (const path of made.splice(0)) rmSync(join(scene.fleet, path))
  scene.write({ 'roles/big/states.yml': states('contents: "big\\n"') })
  for (const id of ['big1', 'small1']) rmSync(outOf(id), { force: true })
})
afterAll(() => scene.close())

it('an oversized role file that no state uses blocks no minion', async () => {
  oversized('roles/big/files/unused')
  const applied = await scene.run(['-q', 'apply', '*'])

  expect([applied.code, applied.err]).toEqual([0, ''])
  expect([existsSync(outOf('big1')), existsSync(outOf('small1'))]).toEqual([true, true])
})

it.each([
  ['a file that a state sends', 'roles/big/files/huge', 'source: files/huge'],
  ['a template', 'roles/big/templates/huge.hbs', 'source: templates/huge.hbs'],
])('an oversized file blocks only the minion whose state uses it: %s', async (_what, path, content) => {
  scene.write({ 'roles/big/states.yml': states(content) })
  oversized(path)
  const { code, out } = await scene.run(['--json', 'apply', '*'])
  const { runs, leftOut } = JSON.parse(out) as ApplyResult
  const alone = await scene.run(['apply', 'big1'])

  expect(code).toBe(2)
  expect(runs.map(({ minion, state }) => `${minion} ${state}`)).toEqual(['small1 done'])
  expect(leftOut?.map(({ minion }) => minion)).toEqual(['big1'])
  expect(leftOut?.[0]?.problems[0]).toMatchObject({
    code: 'SOURCE_TOO_LARGE',
    message: expect.stringContaining(join(scene.fleet, path)),
  })
  expect([existsSync(outOf('big1')), existsSync(outOf('small1'))]).toEqual([false, true])
  expect(alone.code).toBe(2)
  expect(alone.err).toContain('SOURCE_TOO_LARGE')
})

it('an oversized states.yml blocks only the minions of its role', async () => {
  oversized('roles/big/states.yml')
  const { code, out } = await scene.run(['--json', 'apply', '*'])
  const { runs, leftOut } = JSON.parse(out) as ApplyResult

  expect(code).toBe(2)
  expect(runs.map(({ minion, state }) => `${minion} ${state}`)).toEqual(['small1 done'])
  expect(leftOut?.map(({ minion }) => minion)).toEqual(['big1'])
  expect(leftOut?.[0]?.problems[0]?.code).toBe('SOURCE_TOO_LARGE')
})

it.each([
  ['that no state uses', 'roles/big/files/unused'],
  ['that the states of the role use', 'roles/big/files/huge'],
])('an oversized file %s affects no command that does not compile its role, and lint names it', async (_what, path) => {
  if (path.endsWith('huge')) scene.write({ 'roles/big/states.yml': states('source: files/huge') })
  oversized(path)
  for (const words of [
    ['status'],
    ['minions'],
    ['keys'],
    ['jobs'],
    ['roles'],
    ['ping', '*'],
    ['run', 'big1', '--', 'true'],
    ['render', 'small1'],
    ['test', 'small1'],
    ['apply', 'small1'],
    ['report', 'small1'],
  ]) {
    const said = await scene.run(['-q', ...words])
    expect([words.join(' '), said.code, said.err]).toEqual([words.join(' '), 0, ''])
  }
  const lint = await scene.run(['lint'])

  expect(lint.out + lint.err).toContain('SOURCE_TOO_LARGE')
  expect(existsSync(outOf('small1'))).toBe(true)
})
