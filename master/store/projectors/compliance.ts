import { canonicalJson } from '../../../protocol/json.ts'
import type { Projector } from './projector.ts'

/** What was judged, and how it stood. */
export const COMPLIANCE: Projector = {
  view: 'compliance',
  apply: ({ db }, { at, event }) => {
    if (event.type !== 'compliance-judged') return
    const insert = `INSERT INTO compliance (id, target, operator, cached, score, findings, counts, report, at)
      VALUES (@id, @target, @operator, @cached, @score, @findings, @counts, @report, @at)
      ON CONFLICT (id) DO NOTHING`
    db.run(insert, {
      id: event.id,
      target: event.target,
      operator: event.operator,
      cached: event.cached ? 1 : 0,
      score: event.score,
      findings: event.findings,
      counts: canonicalJson(event.counts),
      report: event.report,
      at,
    })
  },
}
