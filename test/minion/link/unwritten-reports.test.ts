import { expect, it } from 'vitest'
import { UnwrittenReports } from '../../../minion/link/unwritten-reports.ts'
import { LIMITS } from '../../../protocol/limits.ts'

const run = (end: string): never => `run-01jd3v000000000000000000${end}` as never

it('unwritten reports use at most twice the size of the largest report, and the newest is always kept', () => {
  const reports = new UnwrittenReports()
  const large = new Uint8Array(LIMITS.reportBytes)

  expect(reports.keep(run('0a'), large)).toEqual([])
  expect(reports.keep(run('0b'), large)).toEqual([])
  expect(reports.keep(run('0c'), new Uint8Array(1))).toEqual([run('0a')])
  expect(reports.keep(run('0d'), new Uint8Array(3 * LIMITS.reportBytes))).toEqual([run('0b'), run('0c')])
  expect(reports.runs).toEqual([run('0d')])
})

it('unwritten reports are kept once per run, in their last version', () => {
  const reports = new UnwrittenReports()
  for (let at = 0; at < 30; at++) expect(reports.keep(run('0a'), new Uint8Array([at]))).toEqual([])

  expect(reports.get(run('0a'))).toEqual(new Uint8Array([29]))
  reports.delete(run('0a'))
  expect(reports.has(run('0a'))).toBe(false)
})
