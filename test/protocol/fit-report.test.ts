import { expect, it } from 'vitest'
import { fitReport } from '../../protocol/fit-report.ts'
import { LIMITS } from '../../protocol/limits.ts'
import type { Report, StateResult } from '../../protocol/report.ts'
import { decodeReport, encodeReport } from '../../protocol/report-codec.ts'
import { newReport, result } from '../master/store/rows.ts'

const MIB = 1024 * 1024

function many(count: number, more: Partial<StateResult> = {}): Report {
  const results = Array.from({ length: count }, (_, at) => ({ ...result('changed', at), ...more }))
  return newReport(1, { results })
}

it('fitReport keeps a small report byte for byte', () => {
  const report = newReport(1)

  expect(fitReport(report, LIMITS.reportBytes)).toEqual(encodeReport(report))
})

it('fitReport truncates long texts, says so, and still counts and names every state', () => {
  const report = many(700, { diff: `${'+line\n'.repeat(3000)}`, output: 'said\n'.repeat(3000) })
  expect(encodeReport(report).length).toBeGreaterThan(LIMITS.reportBytes)

  const bytes = fitReport(report, LIMITS.reportBytes)
  const fitted = decodeReport(bytes)

  expect(bytes.length).toBeLessThanOrEqual(LIMITS.reportBytes)
  expect(fitted.results.map(({ key }) => key)).toEqual(report.results.map(({ key }) => key))
  expect(fitted.counts).toEqual(report.counts)
  expect(fitted.results[0]?.note).toMatch(
    /^report truncated: it had \d+ bytes, the limit is 8388608; texts were cut to/,
  )
  expect(fitted.results[9]?.diff).toMatch(/… \(truncated\)$/)
  expect(fitted.results[9]?.output).toMatch(/… \(truncated\)$/)
})

it('fitReport drops results when short texts are still too large, failed ones last', () => {
  const report = many(40_000)
  const results = report.results.map((one, at) => (at === 39_999 ? { ...one, outcome: 'failed' as const } : one))

  const bytes = fitReport({ ...report, results, state: 'failed' }, 2 * MIB)
  const fitted = decodeReport(bytes)

  expect(bytes.length).toBeLessThanOrEqual(2 * MIB)
  expect(bytes.length).toBeGreaterThan(1.8 * MIB)
  expect(fitted.results.at(-1)?.outcome).toBe('failed')
  expect(fitted.counts).toEqual(report.counts)
  expect(fitted.results[0]?.note).toMatch(/of 40000 results were left out/)
})

it('fitReport keeps how the run ended even when the exports alone are too large', () => {
  const report = newReport(1, { exports: { 'a/b': 'x'.repeat(3 * MIB) } })

  const bytes = fitReport(report, MIB)

  expect(bytes.length).toBeLessThan(MIB)
  expect(decodeReport(bytes)).toMatchObject({ state: report.state, problem: { code: 'REPORT_TOO_LARGE' } })
})

it('fitReport does not split a character', () => {
  const report = many(1, { note: '😀'.repeat(400_000) })

  const text = new TextDecoder('utf-8', { fatal: true }).decode(fitReport(report, MIB))

  expect(text).not.toContain('\\ud83d')
})
