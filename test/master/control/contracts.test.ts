import { expect, it } from 'vitest'
import { shownTo } from '../../../master/control/contracts.ts'
import type { FleetMinion } from '../../../master/control/snapshot.ts'
import type { ContractFinding } from '../../../protocol/contract.ts'
import type { MinionId } from '../../../protocol/ids.ts'

function finding(level: string, minion?: string): ContractFinding {
  const demand = { kind: 'count', level, expected: 'x', found: 'y', ok: false } as const
  return minion === undefined ? demand : { ...demand, minion: minion as MinionId }
}

function known(id: string, level: string): FleetMinion {
  return { id, assignment: { level }, view: { id, level } } as unknown as FleetMinion
}

it('an operator sees contract findings of permitted minions, and of a whole level only with a right on all of it', () => {
  const minions = [known('a', 'staging'), known('b', 'production'), known('c', 'production')]
  const judged = {
    findings: [finding('staging'), finding('staging', 'a'), finding('production'), finding('production', 'b')],
    unseen: ['a', 'c'] as MinionId[],
  }
  const may = (...ids: string[]) => ({
    rights: {
      allows: () => true,
      everywhere: () => false,
      allowsOn: (_verb: string, { id }: { readonly id: string }) => ids.includes(id),
      sees: ({ id }: { readonly id: string }) => ids.includes(id),
      seesAll: () => false,
      needsFleet: () => false,
    },
  })

  expect(shownTo(may('a', 'b', 'c'), 'contract', { minions }, judged)).toEqual(judged)
  expect(shownTo(may('a', 'b'), 'contract', { minions }, judged)).toEqual({
    findings: [finding('staging'), finding('staging', 'a'), finding('production', 'b')],
    unseen: ['a'],
  })
  expect(shownTo(may(), 'contract', { minions }, judged)).toEqual({ findings: [], unseen: [] })
})
