import { percent, scorePaint, sparkline } from '../../compliance/format/trend.ts'
import type { ComplianceHistory, ComplianceRow } from '../../verbs/compliance.ts'
import { type Style, safe } from './style.ts'
import { renderTable, type Table, type TableWish, timeColumn } from './table.ts'

export const COMPLIANCE_REPORTS: Table<ComplianceRow> = [
  timeColumn('at', ({ at }) => at, { rank: 1 }),
  { name: 'target', wraps: 10, cell: ({ target }) => target },
  { name: 'score', cell: ({ score }, { colours }) => ({ text: percent(score), paint: scorePaint(score, colours) }) },
  { name: 'findings', cell: ({ findings }) => String(findings) },
  { name: 'from', rank: 3, cell: ({ cached }) => (cached ? 'cached' : 'tested') },
  { name: 'by', rank: 2, cell: ({ operator }) => operator },
  { name: 'report', cell: ({ id }) => id },
]

/** Renders `master compliance history`: one row per report, then the trend of each target. Pure. */
export function renderComplianceHistory({ reports }: ComplianceHistory, style: Style, wish?: TableWish): string {
  const { colours } = style
  const table = renderTable(COMPLIANCE_REPORTS, reports, style, wish)
  if (table === '') return 'no compliance reports yet: run `master compliance`\n'
  const targets = [...Map.groupBy(reports, ({ target }) => target)].map(([target, of]) => {
    const scores = of.map(({ score }) => score).toReversed()
    const [first = 0, last = first] = [scores[0], scores.at(-1)]
    return `${colours.bold(safe(target))}  ${sparkline(scores)}  ${percent(first)} to ${percent(last)}\n`
  })
  return `${table}\n${targets.join('')}`
}
