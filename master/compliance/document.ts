import { renderCsv } from './format/csv.ts'
import { renderHtml } from './format/html.ts'
import { renderJson } from './format/json.ts'
import { renderJunit } from './format/junit.ts'
import { findingsText } from './format/labels.ts'
import { renderMail, TREND_PICTURE } from './format/mail.ts'
import { NO_PAINT, renderText } from './format/text.ts'
import { percent } from './format/trend.ts'
import { MAIL_CHART, trendPictureSvg } from './format/trend-svg.ts'
import type { Format } from './formats.ts'
import type { ComplianceReport } from './report.ts'
import { trendChart } from './view/trend-chart.ts'

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

/** Pixels of a picture for each pixel of a mail, for sharp lines on dense screens. */
const DENSITY = 3

/** The picture of the trend for a mail, as SVG and with the width to draw it; undefined when there is no trend yet. Pure. */
export function trendPicture({
  trend,
}: ComplianceReport): { readonly svg: string; readonly width: number } | undefined {
  const chart = trendChart(trend)
  return chart === undefined ? undefined : { svg: trendPictureSvg(chart), width: MAIL_CHART.width * DENSITY }
}

/**
 * Builds a report for delivery (the shape of master/delivery/document.ts): text and page to read, a mail for readers that drop styles,
 * and files to keep. `trend` is the picture of the trend as PNG. Pure.
 */
export function documentOf(report: ComplianceReport, trend: Uint8Array | undefined) {
  const { fleet, score, at } = report
  const named = (format: Format): string => `compliance-${at.slice(0, 10)}.${FORMATS[format].ending}`
  const files = (['json', 'csv', 'junit'] as const).map(format => ({
    name: named(format),
    type: FORMATS[format].type,
    bytes: new TextEncoder().encode(FORMATS[format].render(report)),
  }))
  return {
    subject: `[saltern] compliance of ${fleet.name}: ${percent(score)}, ${findingsText(report)}`,
    text: renderText(report, NO_PAINT),
    html: renderHtml(report),
    mail: {
      html: renderMail(report, trend !== undefined),
      pictures: trend === undefined ? [] : [{ name: TREND_PICTURE, type: 'image/png', bytes: trend }],
      page: named('html'),
    },
    attachments: files,
  }
}
