import { expect, it } from 'vitest'
import { isOverdue } from '../../../master/certificates/overdue.ts'

const HOUR_MS = 3_600_000
const issuedAt = '2026-12-01T00:00:00.000Z'

/** Whether a certificate of so many days is overdue when so many hours are left. */
const overdue = (days: number, hoursLeft: number): boolean => {
  const end = Date.parse(issuedAt) + days * 24 * HOUR_MS
  return isOverdue({ issuedAt, notAfter: new Date(end).toISOString() }, end - hoursLeft * HOUR_MS)
}

it('a certificate of a year is overdue in its last week, and a short one in the last sixth of its lifetime', () => {
  expect([overdue(365, 8 * 24), overdue(365, 6 * 24)]).toEqual([false, true])
  expect([overdue(7, 7 * 24), overdue(7, 55), overdue(7, 29), overdue(7, 27)]).toEqual([false, false, false, true])
  expect([overdue(1, 24), overdue(1, 9), overdue(1, 3), overdue(1, -1)]).toEqual([false, false, true, true])
})
