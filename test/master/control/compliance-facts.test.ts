import { expect, it } from 'vitest'
import { complianceBefore } from '../../../master/control/compliance-facts.ts'

type Context = Parameters<typeof complianceBefore>[0]

/** Sixty earlier reports of one minion; counts the stored reports that are read. */
function scene(): { readonly context: Context; readonly reads: () => number } {
  let reads = 0
  const rows = Array.from({ length: 60 }, (_, index) => {
    return {
      id: `compliance-${index}`,
      at: '2026-12-01T00:00:00.000Z',
      score: 100 - index,
      findings: index,
      report: index,
    }
  })
  const compliance = {
    list: (limit: number) => rows.slice(0, limit),
    body: () => {
      reads += 1
      return {
        judgements: [{ minion: 'web1' }],
        findings: [],
        trend: [],
        levels: [],
        contracts: { kept: 0, broken: 0 },
      }
    },
  }
  return { context: { store: { compliance } } as unknown as Context, reads: () => reads }
}

it('only the last report is read for an operator who sees all minions', () => {
  const { context, reads } = scene()

  const { trend } = complianceBefore(context, '*', undefined)

  expect(trend).toHaveLength(59)
  expect(reads()).toBe(1)
})

it('reports about a hidden minion are in neither the trend nor the comparison', () => {
  const { context } = scene()

  expect(complianceBefore(context, '*', minion => minion !== 'web1')).toEqual({ trend: [] })
})
