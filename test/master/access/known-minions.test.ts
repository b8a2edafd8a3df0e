import { expect, it } from 'vitest'
import { ALL_RIGHTS, type Rights } from '../../../master/access/caller.ts'
import { knownMinions } from '../../../master/access/known-minions.ts'
import type { FleetMinion } from '../../../master/control/snapshot.ts'

function minion(id: string, level: string, joined = true): FleetMinion {
  const known = joined ? { id, connected: true } : undefined
  return { id, known, roles: [], view: { id, roles: [], level, grains: {} } } as unknown as FleetMinion
}

const MINIONS = [minion('db1', 'production'), minion('db2', 'staging'), minion('db3', 'staging', false)]
const names = (rights: Rights) => knownMinions(rights, MINIONS).map(({ id }) => id as string)

it('an operator knows the minions on which they have any right', () => {
  const testOfStaging: Rights = {
    ...ALL_RIGHTS,
    allows: verb => verb === 'test',
    allowsOn: (verb, { level }) => verb === 'test' && level === 'staging',
    sees: ({ level }) => level === 'staging',
    seesAll: () => false,
  }

  expect(names(testOfStaging)).toEqual(['db2'])
})

it('an administrator knows all joined minions, and a user without rights knows none', () => {
  expect(names(ALL_RIGHTS)).toEqual(['db1', 'db2'])
  expect(names({ ...ALL_RIGHTS, allows: () => false, allowsOn: () => false, sees: () => false })).toEqual([])
})
