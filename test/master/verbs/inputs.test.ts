import { expect, it } from 'vitest'
import { applyVerb, testVerb } from '../../../master/verbs/apply.ts'
import { complianceVerb } from '../../../master/verbs/compliance.ts'

const DAY = 24 * 3_600_000

it('wait times in verb inputs are limited to the longest timer that Node supports', () => {
  const inputs = [
    (ms: number) => applyVerb.input.safeParse({ target: '*', waitMs: ms }),
    (ms: number) => testVerb.input.safeParse({ target: '*', waitMs: ms }),
    (ms: number) => complianceVerb.input.safeParse({ patienceMs: ms }),
  ]

  expect(24 * DAY).toBeLessThan(2 ** 31)
  expect(inputs.map(input => input(24 * DAY).success)).toEqual([true, true, true])
  expect(inputs.map(input => input(25 * DAY).success)).toEqual([false, false, false])
})
