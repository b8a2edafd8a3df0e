import { expect, it } from 'vitest'
import { overruled } from '../../../master/control/singletons.ts'
import { minionId } from '../../../protocol/ids.ts'

const ID = minionId('db1')
const library = { roles: new Map([['masterdb', { name: 'masterdb', singleton: true, include: [] }]]) } as never
const held = [{ allocation: 'masterdb@staging', minion: ID, value: 1, since: '2026-01-02T00:00:00.000Z' }]
const named = { roles: [], level: 'staging', vars: {}, addresses: [], withheld: [] }

const rolesOf = (joinedAs: string | undefined, acceptedAt: string) =>
  overruled(named, ID, library, held, { ...(joinedAs === undefined ? {} : { joinedAs }), acceptedAt }).roles

it('a singleton role is not inherited by a key that joined later with a token for more than the id of the holder', () => {
  expect(rolesOf('*', '2026-01-03T00:00:00.000Z')).toEqual([])
  expect(rolesOf('db?', '2026-01-03T00:00:00.000Z')).toEqual([])
})

it('a singleton role stays with the holder of its allocation when the token of a new key of that id names the role', () => {
  const ofToken = { ...named, roles: ['masterdb'] }
  const known = { joinedAs: '*', acceptedAt: '2026-01-03T00:00:00.000Z' }

  expect(overruled(ofToken, ID, library, held, known).roles).toEqual(['masterdb'])
  expect(overruled(ofToken, minionId('db2'), library, held, known).roles).toEqual([])
})

it('a singleton role stays with a holder that joined before the allocation, by a token for its id, or by an operator', () => {
  expect(rolesOf('*', '2026-01-01T00:00:00.000Z')).toEqual(['masterdb'])
  expect(rolesOf('db1', '2026-01-03T00:00:00.000Z')).toEqual(['masterdb'])
  expect(rolesOf(undefined, '2026-01-03T00:00:00.000Z')).toEqual(['masterdb'])
})
