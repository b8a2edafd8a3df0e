import { expect, it } from 'vitest'
import type { FleetMinion } from '../../../master/control/snapshot.ts'
import { withoutRoles } from '../../../master/control/without-roles.ts'

function minion(id: string, roles: readonly string[], named: Partial<FleetMinion['named']> = {}): FleetMinion {
  return { id, roles, named: { withheld: [], level: undefined, ...named } } as unknown as FleetMinion
}

it('minions without roles are a warning with the line that gives them some', () => {
  expect(withoutRoles([minion('web1', ['web']), minion('web9', [], { level: 'production' })])).toEqual([
    {
      code: 'ROLES_MISSING',
      message: '`web9` has no roles, so nothing is applied to it',
      hint: 'Add it to inventory.yml: `web9: {roles: [base], level: production}`.',
      minions: ['web9'],
    },
  ])
})

it('minions without roles are told the other reason when an entry of the inventory does not count for them', () => {
  expect(withoutRoles([minion('web9', [], { withheld: ['web*'] })])).toEqual([])
})
