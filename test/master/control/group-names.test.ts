import { expect, it } from 'vitest'
import { sharedNames, strangersInGroups } from '../../../master/control/group-names.ts'
import type { FleetSnapshot } from '../../../master/control/snapshot.ts'
import { parseTarget } from '../../../master/target/parse.ts'

const POSITION = { file: 'fleet.yml', line: 4, column: 3 }

/** A snapshot with these minions and groups. */
function snapshot(minions: readonly string[], groups: { readonly [name: string]: string }): FleetSnapshot {
  const entries = Object.entries(groups).map(([name, text]) => {
    return [name, { target: parseTarget(text), position: POSITION }] as const
  })
  const fleet = { groups: new Map(entries), inventory: [] }
  return { minions: minions.map(id => ({ id })), fleet } as unknown as FleetSnapshot
}

it('names of groups and minions that are the same are a problem at the place of the group', () => {
  expect(sharedNames(snapshot(['web1', 'edge'], { edge: 'web1' }))).toEqual([
    {
      code: 'FLEET_INVALID',
      message: '`edge` is a group, and a minion that joined',
      source: POSITION,
      hint: 'Rename the group.',
    },
  ])
  expect(sharedNames(snapshot(['web1'], { edge: 'web1' }))).toEqual([])
})

it('names of groups and minions of a minion that is called as a condition are a problem', () => {
  expect(sharedNames(snapshot(['failed'], {})).map(({ message, hint }) => [message, hint])).toEqual([
    [
      'the minion `failed` has the name of a target word',
      '`failed` in a target never means this minion: write `id=failed`, or join it by another id.',
    ],
  ])
})

it('names of groups and minions that a group has and nobody else knows are reported', () => {
  const strangers = strangersInGroups(snapshot(['web1'], { edge: 'web1,wbe2', globs: 'lb* not db9' }))

  expect(strangers.map(({ message }) => message)).toEqual([
    'the group `edge` names `wbe2`, which has not joined and is not in inventory.yml',
  ])
})
