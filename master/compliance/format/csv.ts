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

/** One row a finding below a heading; RFC 4180, lines end with CRLF, UTF-8. Pure. */
export function renderCsv(report: ComplianceReport): string {
  const head = COLUMNS.map(([name]) => name)
  const rows = report.findings.map(finding => COLUMNS.map(([, cell]) => cell(finding, report) ?? ''))
  return [head, ...rows].map(row => `${row.map(field).join(',')}\r\n`).join('')
}

/**
 * Always in quotes. A text that a spreadsheet would take for a formula gets an apostrophe in front, which spreadsheets
 * read as "this is text" (OWASP, CSV injection); so does one that hides the sign behind white space or full-width forms.
 */
function field(text: string): string {
  const shown = safe(text, { lines: true }).replaceAll('\t', ' ').toWellFormed()
  const harmless = /^\s*[=+\-@|%＝＋－＠]/.test(shown) ? `'${shown}` : shown
  return `"${harmless.replaceAll('"', '""')}"`
}
