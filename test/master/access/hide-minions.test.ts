import { expect, it } from 'vitest'
import { ALL_RIGHTS } from '../../../master/access/caller.ts'
import { hidingMinions, problemHider } from '../../../master/access/hide-minions.ts'
import { rightsOf } from '../../../master/access/rights.ts'
import type { FleetMinion } from '../../../master/control/snapshot.ts'
import { parseTarget } from '../../../master/target/parse.ts'
import { RIGHTS } from '../../../master/verbs/rights.ts'
import { AppError, type Problem } from '../../../protocol/errors.ts'

const MINIONS = ['web1', 'db-1', 'db-10'].map(id => {
  return { id, view: { id, roles: [], level: undefined, grains: {} } } as unknown as FleetMinion
})
const ANNA = rightsOf([{ verbs: ['apply'], target: parseTarget('web1') }], RIGHTS)
const PROBLEM: Problem = {
  code: 'EXPORT_PENDING',
  message: '`web1` waits for `db-1`, and db-10.',
  hint: 'Apply db-1 first.',
}

it('compile problems name only minions that the operator can see', () => {
  const somebody = 'a minion that you cannot see'

  expect(problemHider(ANNA, MINIONS)([PROBLEM])).toEqual([
    {
      code: 'EXPORT_PENDING',
      message: `\`web1\` waits for \`${somebody}\`, and ${somebody}.`,
      hint: `Apply ${somebody} first.`,
    },
  ])
  expect(problemHider(ALL_RIGHTS, MINIONS)([PROBLEM])).toEqual([PROBLEM])
})

it('list only minions that the operator sees', () => {
  const hide = problemHider(ANNA, MINIONS)

  expect(hide([{ code: 'FLEET_INVALID', message: 'm', minions: ['web1', 'db-1'] }])).toEqual([
    { code: 'FLEET_INVALID', message: 'm', minions: ['web1'] },
  ])
  expect(hide([{ code: 'FLEET_INVALID', message: 'm', minions: ['db-1'] }])).toEqual([
    { code: 'FLEET_INVALID', message: 'm' },
  ])
})

it('compile problems that are thrown name only minions that the operator can see', async () => {
  const thrown = hidingMinions(problemHider(ANNA, MINIONS), () => Promise.reject(new AppError(PROBLEM)))

  await expect(thrown).rejects.not.toThrow('db-1')
  await expect(thrown).rejects.toMatchObject({ code: 'EXPORT_PENDING' })
})
