import { percent, scorePaint, sparkline } from '../../compliance/format/trend.ts'
import type { ComplianceHistory } from '../../verbs/compliance.ts'
import { type Style, safe } from './style.ts'
import { renderTable } from './table.ts'
import { moment } from './time.ts'

/** Renders `master compliance history`: one row per report, then the trend of each target. Pure. */
export function renderComplianceHistory({ reports }: ComplianceHistory, style: Style): string {
  const { colours } = style
  const rows = reports.map(({ id, at, target, operator, score, findings, cached }) => [
    moment(at),
    target,
    { text: percent(score), paint: scorePaint(score, colours) },
    String(findings),
    cached ? 'cached' : 'tested',
    operator,
    id,
  ])
  const table = renderTable(['at', 'target', 'score', 'findings', 'from', 'by', 'report'], rows, style)
  if (table === '') return 'no compliance reports yet: run `master compliance`\n'
  const targets = [...Map.groupBy(reports, ({ target }) => target)].map(([target, of]) => {
    const scores = of.map(({ score }) => score).toReversed()
    const [first = 0, last = first] = [scores[0], scores.at(-1)]
    return `${colours.bold(safe(target))}  ${sparkline(scores)}  ${percent(first)} to ${percent(last)}\n`
  })
  return `${table}\n${targets.join('')}`
}
