import { afterEach, beforeEach, expect, it } from 'vitest'
import { assign, leftOpenBy, parseInventory } from '../../master/fleet/inventory.ts'
import { minionId } from '../../protocol/ids.ts'
import { type LinkScene, openLinkScene } from '../master/link/link-scene.ts'

/** The holder of a join token chooses the id, but must not thereby choose the roles, and with them the secrets. */

const { entries } = parseInventory(
  `"*": {roles: [base]}
"db*": {roles: [mariadb], level: production, vars: {size: 1}}
"db-eu-*": {roles: [replica]}
db-named: {roles: [named], address: 10.1.0.9, vars: {rack: a}}
`,
  ['staging', 'production'],
)

let scene: LinkScene

beforeEach(async () => {
  scene = await openLinkScene()
})
afterEach(() => scene.close())

/** Returns the roles that the inventory gives to an id after it joined with a token for this id or pattern. */
async function rolesAfterJoin(id: string, tokenFor: string): Promise<readonly string[]> {
  const { socket } = await scene.connect(id, { token: scene.token({ minion: tokenFor }) })
  socket.terminate()
  return assigned(id).roles
}

function assigned(id: string) {
  const minion = minionId(id)
  const fingerprint = scene.store.keys.accepted(minion)?.fingerprint
  if (fingerprint === undefined) throw new Error(`${id} has not joined`)
  scene.store.minions.connected({ minion, fingerprint, bootId: 'b', highestSequence: 0 })
  const known = scene.store.minions.get(minion)
  return assign(entries, id, { roles: known?.roles ?? [], level: known?.level, joinedAs: known?.joinedAs })
}

it('a join token for any id gives its own roles, and roles of a glob only if the glob matches every id', async () => {
  expect(await rolesAfterJoin('db-mine', '*')).toEqual(['db', 'base'])
  expect(assigned('db-mine')).toMatchObject({ level: 'staging', vars: {} })
})

it('a join token for a pattern gives the roles of the globs that contain the pattern, and of no narrower one', async () => {
  expect(await rolesAfterJoin('db-eu-1', 'db*')).toEqual(['db', 'base', 'mariadb'])
  expect(await rolesAfterJoin('db-eu-2', 'db-eu-?')).toEqual(['db', 'base', 'mariadb', 'replica'])
})

it('a join token for one id gives the roles of every glob that matches it', async () => {
  expect(await rolesAfterJoin('db-eu-3', 'db-eu-3')).toEqual(['db', 'base', 'mariadb', 'replica'])
})

it('a join token for any id or a pattern gives no roles, vars or address from an exact inventory entry', async () => {
  expect(await rolesAfterJoin('db-named', '*')).toEqual(['db', 'base'])
  expect(assigned('db-named')).toMatchObject({ vars: {}, addresses: [], withheld: ['db*', 'db-named'] })
  expect(assign(entries, 'db-named', { roles: [], level: undefined, joinedAs: 'db-*' })).toMatchObject({
    roles: ['base', 'mariadb'],
    addresses: [],
    withheld: ['db-named'],
  })
})

it('roles from narrower entries are unknown for a join token with a pattern, so `not role=` grants nothing', () => {
  expect(leftOpenBy(entries, '*')).toEqual({ roles: ['mariadb', 'replica', 'named'], levels: ['production'] })
  expect(leftOpenBy(entries, 'db-*')).toEqual({ roles: ['replica', 'named'], levels: [] })
  expect(leftOpenBy(entries, 'web*')).toEqual({ roles: [], levels: [] })
  expect(leftOpenBy(entries, 'db-eu-1')).toEqual({ roles: [], levels: [] })
})

it('a join token for one id gives everything that the inventory entry of this id says', async () => {
  expect(await rolesAfterJoin('db-named', 'db-named')).toEqual(['db', 'base', 'mariadb', 'named'])
  expect(assigned('db-named')).toMatchObject({ addresses: ['10.1.0.9'], withheld: [] })
})

it('a join token for a pattern admits no id that does not match', async () => {
  const wrong = scene.connect('web1', { token: scene.token({ minion: 'db*' }) })

  await expect(wrong).rejects.toMatchObject({ code: 'HANDSHAKE_REFUSED' })
  expect(scene.logged.join()).toContain('is for db*')
})

it('the restrictions of a join token end when an operator accepts the key manually', async () => {
  expect(await rolesAfterJoin('db-mine', '*')).toEqual(['db', 'base'])
  const key = scene.store.keys.accepted(minionId('db-mine'))
  if (key === undefined) throw new Error('it has not joined')

  expect(key.joinedAs).toBe('*')
  expect(scene.store.keys.accept(key.minion, key.fingerprint, 'anna')).toBe('done')
  expect(assigned('db-mine').roles).toEqual(['db', 'base', 'mariadb'])
})

it('a minion from an older master keeps the roles of its globs because its token was not recorded', () => {
  expect(assign(entries, 'db-old', { roles: [], level: undefined }).roles).toEqual(['base', 'mariadb'])
})
