import { describe, expect, it } from 'vitest'
import { assign, parseInventory } from '../../../master/fleet/inventory.ts'

describe('the inventory', () => {
  it('adds roles up and lets the own entry have the last word', () => {
    const { entries, problems } = parseInventory(
      'db1: {roles: [masterdb], level: production}\n"db*": {roles: [db], level: staging, vars: {rack: a}}\n',
      ['production', 'staging'],
    )
    expect(problems).toEqual([])
    expect(assign(entries, 'db1', { roles: ['base'], level: 'staging' })).toEqual({
      roles: ['base', 'db', 'masterdb'],
      level: 'production',
      vars: { rack: 'a' },
      ip4: undefined,
    })
  })
})
