import { expect, it } from 'vitest'
import { withheldProblem } from '../../../master/control/withheld.ts'
import { withheldText } from '../../../master/control/withheld-text.ts'
import { minionId } from '../../../protocol/ids.ts'

const named = { roles: [], level: 'staging', vars: {}, addresses: [], withheld: [] as readonly string[] }
const minion = (joinedAs: string | undefined, entries: readonly string[], withheldMatches: readonly string[]) =>
  ({ id: minionId('db1'), known: { joinedAs }, named: { ...named, withheld: entries }, withheldMatches }) as never

it('a minion that chose its id is told which pillar matches do not apply to it', () => {
  expect(withheldProblem(minion('*', [], ['id=db*']))).toMatchObject({
    code: 'ENTRY_WITHHELD',
    message: 'db1 joined with a token for `*`, so the match `id=db*` of pillar/top.yml does not apply to it',
    hint: expect.stringContaining('`master keys accept db1`'),
  })
  expect(withheldProblem(minion('*', [], []))).toBeUndefined()
  expect(withheldProblem(minion(undefined, ['db1'], ['id=db1']))).toBeUndefined()
})

it('a minion that chose its id is told in one sentence which inventory entries and pillar matches do not apply', () => {
  expect(withheldText('db1', { joinedAs: 'd*', entries: ['db*', 'db1'], matches: ['id=db*', 'id=db1'] })).toBe(
    'db1 joined with a token for `d*`, so the entries `db*`, `db1` of inventory.yml and the matches `id=db*`, `id=db1` of pillar/top.yml do not apply to it',
  )
  expect(withheldText('db1', { joinedAs: '*', entries: ['db1'] })).toBe(
    'db1 joined with a token for `*`, so the entry `db1` of inventory.yml does not apply to it',
  )
})
