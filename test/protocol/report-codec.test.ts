import { expect, it } from 'vitest'
import { decodeReport, encodeReport } from '../../protocol/report-codec.ts'
import { newReport } from '../master/store/rows.ts'

function refusalOf(value: unknown): { readonly code: string; readonly message: string } {
  try {
    decodeReport(typeof value === 'string' ? new TextEncoder().encode(value) : encodeReport(value as never))
  } catch (error) {
    return error as { code: string; message: string }
  }
  throw new Error('it was not refused')
}

it('an encoded report decodes to the same report', () => {
  const report = newReport(1, {
    state: 'failed',
    problem: { code: 'INTERNAL', message: 'killed' },
    owed: [{ state: 'a/b.c/d' as never, cause: 'a/b.c/e' as never }],
  })

  expect(decodeReport(encodeReport(report))).toEqual(report)
})

it.each([
  ['{', 'the report is not JSON'],
  ['[]', 'the report does not match format 1 at `report`'],
  [{ ...newReport(1), run: '../run' }, 'at `run`'],
  [{ ...newReport(1), minion: 'DB1' }, 'at `minion`'],
  [{ ...newReport(1), state: 'running' }, 'at `state`'],
  [{ ...newReport(1), counts: { weird: 1 } }, 'at `counts`'],
  [{ ...newReport(1), generation: -1 }, 'at `generation`'],
  [{ ...newReport(1), finishedAt: 'x'.repeat(41) }, 'at `finishedAt`'],
  [{ ...newReport(1), results: [{ ...newReport(1).results[0], outcome: 'fine' }] }, 'at `results.0.outcome`'],
])('bytes that are not a valid report are refused: %j', (value, message) => {
  const refusal = refusalOf(value)

  expect(refusal.code).toBe('REPORT_REFUSED')
  expect(refusal.message).toContain(message)
})
