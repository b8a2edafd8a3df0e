import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import type { KeyRow } from '../../master/verbs/keys.ts'
import { Scene, until } from './scene.ts'

const scene = new Scene()

beforeAll(async () => {
  await scene.makeFleet({
    'roles/demo/role.yml':
      'summary: nothing\npillar: {demo.own: {type: integer, default: 0}, demo.rest: {type: integer, default: 0}}\n',
    'roles/demo/states.yml': '{}\n',
    'inventory.yml': 'named1: {roles: [demo], level: staging}\nnamed2: {roles: [demo], level: staging}\n',
    'pillar/top.yml': '- match: id=named2\n  files: [own]\n- match: not role=demo\n  files: [rest]\n',
    'pillar/own.yml': 'demo: {own: 1}\n',
    'pillar/rest.yml': 'demo: {rest: 1}\n',
  })
  await scene.startMaster()
})
afterAll(() => scene.close())

async function keys(): Promise<readonly KeyRow[]> {
  return (JSON.parse(await scene.must(['--json', 'keys'])) as { readonly keys: readonly KeyRow[] }).keys
}

async function rootOf(): Promise<string> {
  return /SHA256:\S+/.exec(await scene.must(['status']))?.[0] ?? ''
}

it('a minion is admitted after an operator accepts its fingerprint with role and level', async () => {
  const joined = await scene.minion('m1', ['join', '--master', scene.address, '--id', 'm1', '--root', await rootOf()])
  const fingerprint = /SHA256:\S+/.exec(joined.out)?.[0] ?? ''
  const wrong = await scene.run(['keys', 'accept', 'm1', '--fingerprint', `SHA256:${'A'.repeat(43)}`])
  const unasked = await scene.run(['keys', 'accept', 'm1', '--role', 'demo', '--level', 'staging'])

  expect(joined.out).toContain('master keys accept m1 --fingerprint SHA256:')
  expect(await keys()).toMatchObject([{ minion: 'm1', state: 'pending', fingerprint }])
  expect(wrong.code).toBe(2)
  expect(wrong.err).toContain(`its keys are ${fingerprint}`)
  expect(unasked.code).toBe(2)
  expect(unasked.err).toContain(`m1 ${fingerprint} gets the roles demo and the level staging.`)
  expect(unasked.err).toContain('USAGE: keys accept: expected a terminal for the confirmation, or `--yes`')

  const accepted = await scene.run([
    'keys',
    'accept',
    'm1',
    '--fingerprint',
    fingerprint,
    '--role',
    'demo',
    '--level',
    'staging',
    '--yes',
  ])
  scene.startMinion('m1')
  await scene.here('m1')

  expect(accepted.code).toBe(0)
  expect(await scene.must(['minions', 'role=demo'])).toContain('staging')
})

it('a revoked minion is disconnected at once and permanently', async () => {
  await scene.must(['keys', 'revoke', 'm1'])

  await until('the minion is refused', () => scene.log('minion-m1').includes('HANDSHAKE_REFUSED'))
  expect((await scene.run(['ping', '*'])).code).toBe(3)
  expect(await keys()).toMatchObject([{ minion: 'm1', state: 'revoked' }])
})

it('join-token create rejects a role or level that the fleet does not have', async () => {
  const { code, err } = await scene.run(['join-token', 'create', '--role', 'dmo', '--level', 'moon'])

  expect(code).toBe(2)
  expect(err).toContain('there is no role `dmo`')
  expect(err).toContain('`moon` is not a level of this fleet')
})

it('join-token create prints only the token on stdout and the join command on stderr', async () => {
  const { out, err } = await scene.run(['join-token', 'create', '--role', 'demo', '--level', 'staging', '--id', 'm2'])
  const joined = await scene.minion('m2', ['join', '--master', scene.address, '--id', 'm2'], out)

  expect(out).toMatch(/^saltern1\.[\w-]{16}\.[\w-]{43}\.[\w-]{43}\n$/)
  expect(err).toContain(`minion join --master ${scene.address} --id m2`)
  expect(joined.code).toBe(0)
  expect((await keys()).find(({ minion }) => minion === 'm2')).toMatchObject({
    state: 'accepted',
    roles: ['demo'],
    level: 'staging',
  })
})

it('a minion that chose its id with an unbound join token gets nothing from the inventory until an operator accepts it', async () => {
  const wide = await scene.run(['join-token', 'create'])
  await scene.minion('named1', ['join', '--master', scene.address, '--id', 'named1'], wide.out)
  scene.startMinion('named1')
  await scene.here('named1')
  const before = await scene.must(['minions', 'named1'])
  const refused = await scene.run(['apply', 'named1'])
  const linted = await scene.run(['lint'])
  const overview = await scene.must(['overview'])
  await scene.must(['keys', 'accept', 'named1', '--yes'])

  expect(wide.err).toContain('This token is for any id: a minion that joins with it gets no roles of narrower entries')
  expect(before).toContain(
    'named1 joined with a token for `*`, so the entry `named1` of inventory.yml and the match `not role=demo` of pillar/top.yml do not apply to it',
  )
  expect(before).toMatch(/named1 +online +- +- +- +\d+\.\d+\.\d+/)
  expect(refused.code).toBe(2)
  expect(refused.err).toContain('ENTRY_WITHHELD')
  expect(refused.err).toContain('`master keys accept named1`')
  expect(linted.err + linted.out).toContain('ENTRY_WITHHELD')
  expect(overview).toContain('entries of inventory.yml or pillar/top.yml that do not apply')
  expect(await scene.must(['minions', 'named1'])).toMatch(/staging +demo/)
  expect(await scene.must(['apply', 'named1'])).toContain('done')
})

it('`test`, `apply`, `pillar get` and a starting master report or withhold data of a minion with an unbound join token', async () => {
  const token = await scene.must(['join-token', 'create', '--level', 'staging'])
  await scene.minion('named2', ['join', '--master', scene.address, '--id', 'named2'], token)
  scene.startMinion('named2')
  await scene.here('named2')
  const what =
    'named2 joined with a token for `*`, so the entry `named2` of inventory.yml and the matches `id=named2`, `not role=demo` of pillar/top.yml do not apply to it'
  const tested = await scene.must(['test', 'named2'])
  const applied = JSON.parse(await scene.must(['--json', 'apply', 'named2'])) as ApplyResult
  const hidden = await scene.run(['pillar', 'get', 'demo.own', '--minion', 'named2'])
  const rest = await scene.run(['pillar', 'get', 'demo.rest', '--minion', 'named2'])
  await scene.kill('master')
  await scene.startMaster()
  await scene.here('named2')

  expect(tested).toContain(`warning: ${what}`)
  expect(tested).toContain('`master keys accept named2`')
  expect(applied).toMatchObject({ warnings: [{ code: 'ENTRY_WITHHELD', message: what }] })
  expect(hidden.err).toContain('has no value for named2')
  // If the withheld role did not count, `not role=demo` would match and grant more than the operator wrote.
  expect(rest.err).toContain('has no value for named2')
  expect(scene.log('master')).toMatch(/"minions":\["named2"\].*token/)
  await scene.must(['keys', 'accept', 'named2', '--yes'])
  expect(await scene.must(['test', 'named2'])).not.toContain('warning')
  expect(await scene.must(['pillar', 'get', 'demo.own', '--minion', 'named2'])).toBe('1\n')
})

it('a join token that is used, expired, revoked or of another root is rejected', async () => {
  const token = await scene.must(['join-token', 'create'])
  const join = (id: string, text: string) => scene.minion(id, ['join', '--master', scene.address, '--id', id], text)
  await join('m3', token)
  const usedUp = await join('m4', token)
  const expired = await join('m5', await scene.must(['join-token', 'create', '--ttl', '0s']))
  const revokedToken = await scene.must(['join-token', 'create'])
  await scene.must(['join-token', 'revoke', revokedToken.split('.')[1] ?? ''])
  const revoked = await join('m6', revokedToken)
  const wrongRoot = await join('m7', token.replace(/\.[\w-]{43}\n$/, `.${'A'.repeat(43)}\n`))

  for (const refused of [usedUp, expired, revoked]) {
    expect(refused.code).not.toBe(0)
    expect(refused.err).toContain('HANDSHAKE_REFUSED')
  }
  expect(wrongRoot.err).toContain('MASTER_UNTRUSTED')
  // An untrusted master learns nothing, not even the id.
  expect((await keys()).map(({ minion }) => minion)).not.toContain('m7')
  expect(scene.log('master')).toContain('used up')
  expect(scene.log('master')).toContain('expired')
  expect(await scene.must(['join-token', 'list'])).toContain('used-up')
})
