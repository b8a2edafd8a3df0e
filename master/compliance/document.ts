import { renderCsv } from './format/csv.ts'
import { renderHtml } from './format/html.ts'
import { renderJson } from './format/json.ts'
import { renderJunit } from './format/junit.ts'
import { NO_PAINT, renderText } from './format/text.ts'
import { percent } from './format/trend.ts'
import type { Format } from './formats.ts'
import { count } from './judge-states.ts'
import type { ComplianceReport } from './report.ts'

/** Media type, file extension and renderer of each format. */
export const FORMATS = {
  text: {
    type: 'text/plain; charset=utf-8',
    ending: 'txt',
    render: (report: ComplianceReport) => renderText(report, NO_PAINT),
  },
  html: { type: 'text/html; charset=utf-8', ending: 'html', render: renderHtml },
  json: { type: 'application/json', ending: 'json', render: renderJson },
  csv: { type: 'text/csv; charset=utf-8', ending: 'csv', render: renderCsv },
  junit: { type: 'application/xml', ending: 'xml', render: renderJunit },
} as const satisfies { readonly [name in Format]: unknown }

/**
 * Builds a report for delivery (the shape of master/delivery/document.ts): text and HTML to read, and files to keep. The HTML
 * page is also attached, because mail readers strip styles. Pure.
 */
export function documentOf(report: ComplianceReport) {
  const { fleet, score, findings, at } = report
  const state = findings.length === 0 ? 'no findings' : count(findings.length, 'finding')
  const files = (['html', 'json', 'csv', 'junit'] as const).map(format => ({
    name: `compliance-${at.slice(0, 10)}.${FORMATS[format].ending}`,
    type: FORMATS[format].type,
    bytes: new TextEncoder().encode(FORMATS[format].render(report)),
  }))
  return {
    subject: `[saltern] compliance of ${fleet.name}: ${percent(score)}, ${state}`,
    text: renderText(report, NO_PAINT),
    html: renderHtml(report),
    attachments: files,
  }
}
