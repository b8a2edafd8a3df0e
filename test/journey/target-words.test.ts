import { readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Scene } from './scene.ts'

const scene = new Scene()

beforeAll(async () => {
  await scene.makeFleet({
    'roles/web/role.yml': 'summary: nothing\n',
    'roles/web/states.yml': '{}\n',
    'inventory.yml': '"web*": {roles: [web], level: staging}\ndb1: {level: production}\n',
  })
  await scene.startMaster()
  for (const id of ['web1', 'web2', 'db1']) await scene.join(id)
})
afterAll(() => scene.close())

async function minionsOf(words: readonly string[], stdin = ''): Promise<readonly string[]> {
  const text = await scene.must(['--json', 'minions', ...words], stdin)
  return (JSON.parse(text) as { readonly minions: readonly { readonly minion: string }[] }).minions.map(
    ({ minion }) => minion,
  )
}

it('select several ids, lists of a file and of stdin, and narrow by other words', async () => {
  const file = join(scene.directory, 'hosts.txt')
  writeFileSync(file, '# first batch\nweb2\ndb1\n')

  expect(await minionsOf(['web1', 'db1'])).toEqual(['db1', 'web1'])
  expect(await minionsOf(['web1,', 'db1', 'level=staging'])).toEqual(['web1'])
  expect(await minionsOf([`@${file}`])).toEqual(['db1', 'web2'])
  expect(await minionsOf(['role=web', 'not', `@${file}`])).toEqual(['web1'])
  expect(await minionsOf(['-'], 'web1\nweb2\n')).toEqual(['web1', 'web2'])
  expect((await scene.run(['minions', '-'], '')).err).toContain('stdin has no ids')
  expect((await scene.run(['apply', 'web1', 'wbe2'])).err).toContain('no minion is named `wbe2`')
})

it('targets as they are typed show the grains of all minions, or the values of one', async () => {
  const all = await scene.must(['grains', 'web1'])

  expect(all).toMatch(/^web1\n(?: {2}\w+ +\S.*\n)* {2}os +\S+\n/)
  expect(await scene.must(['grains', 'web1', 'web2', 'num_cpus'])).toMatch(/^\d+ {2}web1 and web2\n$/)
  expect((await scene.run(['grains', 'web1', 'nmu_cpus'])).code).toBe(3)
})

it('select groups of fleet.yml, alone and beside ids', async () => {
  const head = readFileSync(join(scene.fleet, 'fleet.yml'), 'utf8')
  scene.write({ 'fleet.yml': `${head}groups: {edge: [web1, db1], spare: [lb9]}\n` })

  expect(await minionsOf(['edge'])).toEqual(['db1', 'web1'])
  expect(await minionsOf(['edge', 'web2'])).toEqual(['db1', 'web1', 'web2'])
  expect(await minionsOf(['group=edge', 'level=staging'])).toEqual(['web1'])
  expect((await scene.run(['ping', 'spare'])).err).toContain('`spare` matches none of 3 minions')
  expect((await scene.run(['ping', 'group=egde'])).err).toContain('Did you mean `group=edge`?')
  expect((await scene.run(['lint'])).out).toContain('the group `spare` names `lb9`, which has not joined')
})

it('targets as they are typed are recorded in the job and in the audit log as they were typed', async () => {
  await scene.must(['apply', 'web1', 'web2', 'role=web'])
  const jobs = await scene.must(['jobs'])
  const audit = await scene.must(['--json', 'audit', '--verb', 'apply'])

  expect(jobs).toMatch(/ apply +web1 web2 role=web /)
  expect(audit).toContain('"target": "web1 web2 role=web"')
})

it('targets as they are typed of a thousand ids are recorded by the first of them', async () => {
  const others = Array.from({ length: 1000 }, (_, at) => `node${at}*`)
  await scene.must(['test', '-'], ['web1', ...others].join('\n'))

  expect(await scene.must(['jobs'])).toMatch(/ test +id=web1,node0\*,node1\* and 998 more \(list [0-9a-f]{8}\) /)
})

it('select minions by how they are now', async () => {
  await scene.must(['apply', '*'])

  expect(await minionsOf(['online'])).toEqual(['db1', 'web1', 'web2'])
  expect((await scene.run(['minions', 'outdated'])).code).toBe(3)
  expect((await scene.run(['minions', 'failed'])).code).toBe(3)

  const state = `fails:\n  cmd.run: {cmd: ["false"], creates: "${scene.out}/never", user: ${userInfo().username}}\n`
  scene.write({ 'roles/web/states.yml': state })

  expect(await minionsOf(['outdated'])).toEqual(['web1', 'web2'])
  expect((await scene.run(['apply', 'web1'])).code).toBe(1)
  expect(await minionsOf(['failed'])).toEqual(['web1'])
  expect(await minionsOf(['failed,outdated'])).toEqual(['web1', 'web2'])
  expect(await minionsOf(['role=web', 'not', 'failed'])).toEqual(['web2'])

  await scene.kill('minion-db1')
  await scene.away('db1')
  expect(await minionsOf(['offline'])).toEqual(['db1'])
})
