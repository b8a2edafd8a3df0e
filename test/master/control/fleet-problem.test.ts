import { expect, it } from 'vitest'
import { sharedProblems } from '../../../master/control/fleet-problem.ts'

it('a problem of several minions is told once, with all of them in their order', () => {
  const typing = { code: 'STATE_UNKNOWN', message: 'a' } as const
  const missing = { code: 'PILLAR_MISSING', message: 'b' } as const

  expect(
    sharedProblems([
      { minion: { id: 'web1' }, problems: [typing, typing] },
      { minion: { id: 'web2' }, problems: [missing, { message: 'a', code: 'STATE_UNKNOWN' }] },
    ]),
  ).toEqual([
    { ...typing, minions: ['web1', 'web2'] },
    { ...missing, minions: ['web2'] },
  ])
})
