import { safe } from '../../../protocol/safe-text.ts'
import type { ComplianceReport, Finding } from '../report.ts'

const COLUMNS: readonly (readonly [string, (finding: Finding, report: ComplianceReport) => string | undefined])[] = [
  ['report', (_, { id }) => id],
  ['at', (_, { at }) => at],
  ['level', ({ level }) => level],
  ['minion', ({ minion }) => minion],
  ['role', ({ role }) => role],
  ['status', ({ status }) => status],
  ['kind', ({ kind }) => kind],
  ['subject', ({ subject }) => subject],
  ['title', ({ title }) => title],
  ['detail', ({ detail }) => detail],
  ['cause', ({ cause }) => cause],
  ['why', ({ why }) => why],
  ['since', ({ since }) => since],
  ['expected', ({ expected }) => expected],
  ['found', ({ found }) => found],
  [
    'would_do',
    ({ actions, states }) => [...actions, ...states.map(({ key, change }) => `${change} ${key}`)].join('; '),
  ],
  ['source', ({ source }) => (source === undefined ? undefined : `${source.file}:${source.line}`)],
  ['next', ({ next }) => next],
]

/** Renders a heading and one row per finding; RFC 4180, CRLF line endings, UTF-8. Pure. */
export function renderCsv(report: ComplianceReport): string {
  const head = COLUMNS.map(([name]) => name)
  const rows = report.findings.map(finding => COLUMNS.map(([, cell]) => cell(finding, report) ?? ''))
  return [head, ...rows].map(row => `${row.map(field).join(',')}\r\n`).join('')
}

/**
 * Quotes a field. Text that a spreadsheet would take for a formula gets a leading apostrophe, which marks it as text (OWASP,
 * CSV injection); so does a formula sign hidden behind white space or in full-width form.
 */
function field(text: string): string {
  const shown = safe(text, { lines: true }).replaceAll('\t', ' ').toWellFormed()
  const harmless = /^\s*[=+\-@|%＝＋－＠]/.test(shown) ? `'${shown}` : shown
  return `"${harmless.replaceAll('"', '""')}"`
}
