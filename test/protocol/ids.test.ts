import { expect, it } from 'vitest'
import { isCondition } from '../../master/target/target.ts'
import { isMinionId, isReservedId, newMinionId } from '../../protocol/ids.ts'

it('the id of a new minion is no target word, while a minion that joined by one earlier keeps its valid id', () => {
  for (const word of ['all', 'and', 'or', 'not', 'online', 'offline', 'failed', 'outdated']) {
    expect(() => newMinionId(word)).toThrow(`\`${word}\` is a target word, so no minion can join by this id`)
    expect([isMinionId(word), isReservedId(word)]).toEqual([true, true])
  }
  for (const id of ['db1', 'online1', 'all-in-one']) expect(newMinionId(id)).toBe(id)
  expect(['online', 'offline', 'failed', 'outdated'].every(isCondition)).toBe(true)
})
