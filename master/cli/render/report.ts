import type { CheckResult } from '../../../protocol/checks.ts'
import type { Orphan, Report, StateResult } from '../../../protocol/report.ts'
import { formatPosition } from '../../../protocol/source.ts'
import type { RunRow } from '../../jobs/results.ts'
import type { ReportResult } from '../../verbs/jobs.ts'
import { checksText, countsText, paintOf } from './outcome.ts'
import { renderProblems } from './problems.ts'
import { type Style, safe } from './style.ts'
import { duration, moment } from './time.ts'

/** What `master report` prints. Pure. */
export function renderReports({ reports, without }: ReportResult, style: Style): string {
  const parts = [
    ...reports.map(report => renderReport(report, style)),
    ...without.map(run => renderWithout(run, style)),
  ]
  return parts.length === 0 ? 'no reports yet\n' : parts.join('\n')
}

export function renderReport(report: Report, style: Style): string {
  const { colours } = style
  const verb = report.test ? 'test' : 'apply'
  const lines = [
    `${colours.bold(safe(report.minion))}  ${verb} ${paintOf(report.state, style)(report.state)}  ${countsText(report.counts, report.test)}${checksText(report.checks ?? [])}  ${duration(report.durationMs)}`,
    colours.dim(
      `  ${safe(report.run)}${report.job === undefined ? '' : `  ${safe(report.job)}`}  ${moment(report.startedAt)}  ${report.origin}`,
    ),
  ]
  const shown = report.results.filter(({ outcome }) => outcome !== 'unchanged')
  const body = `${lines.join('\n')}\n${shown.map(result => renderResult(result, style)).join('')}${renderChecks(report.checks ?? [], style)}`
  const problem = report.problem === undefined ? '' : indent(renderProblems([report.problem], style))
  const owed = report.owed.map(
    ({ state, cause }) => `  ${colours.yellow('owed')} ${safe(state)}, since ${safe(cause)} changed\n`,
  )
  return `${body}${problem}${owed.join('')}${renderOrphans(report.orphans, style)}`
}

/** One state: outcome, id, time, what was done, what it wrote, diff, why. Pure. */
export function renderResult(result: StateResult, style: Style): string {
  const { colours } = style
  const { outcome, type, id, role, durationMs, declaredAt, actions, diff, output, note, problem } = result
  const place = declaredAt[0] === undefined ? '' : `  ${safe(formatPosition(declaredAt[0]))}`
  const lines = [
    `  ${paintOf(outcome, style)(outcome.padEnd(12))} ${safe(type)} ${colours.bold(safe(id))}  ${colours.dim(`${safe(role)}  ${duration(durationMs)}${place}`)}`,
    ...actions.map(({ summary }) => `      ${safe(summary)}`),
    ...(note === undefined ? [] : [`      ${colours.dim(safe(note))}`]),
    ...(output === undefined ? [] : output.split('\n').map(line => `      ${colours.dim('|')} ${safe(line)}`)),
    ...(diff === undefined ? [] : diffLines(diff).map(line => `      ${diffLine(line, style)}`)),
  ]
  return `${lines.join('\n')}\n${problem === undefined ? '' : indent(renderProblems([problem], style))}`
}

/** Those that did not pass: what was expected, what was found. Pure. */
export function renderChecks(checks: readonly CheckResult[], style: Style): string {
  const { colours } = style
  const shown = checks.filter(({ outcome }) => outcome !== 'passed')
  return shown
    .map(({ key, outcome, durationMs, problem }) => {
      const head = `  ${paintOf(outcome, style)(outcome.padEnd(12))} check ${colours.bold(safe(key))}  ${colours.dim(duration(durationMs))}\n`
      return `${head}${problem === undefined ? '' : indent(renderProblems([problem], style))}`
    })
    .join('')
}

function renderWithout(run: RunRow, style: Style): string {
  const head = `${style.colours.bold(safe(run.minion))}  ${paintOf(run.state, style)(run.state)}, no report\n  ${style.colours.dim(run.run)}\n`
  return run.problem === undefined ? head : `${head}${indent(renderProblems([run.problem], style))}`
}

/** Without the heading that only names the file once more. */
function diffLines(diff: string): readonly string[] {
  const lines = diff.trimEnd().split('\n')
  return lines[0]?.startsWith('Index: ') ? lines.slice(2) : lines
}

function diffLine(line: string, { colours }: Style): string {
  const text = safe(line)
  if (line.startsWith('+')) return colours.green(text)
  return line.startsWith('-') ? colours.red(text) : text
}

export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '      ')
}

/** What no role declares any more: a line each. Pure. */
export function renderOrphans(orphans: readonly Orphan[] = [], { colours }: Style): string {
  return orphans
    .map(({ thing, declaredAt: [at], made }) => {
      const where = at === undefined ? '' : ` (it stood in ${safe(at.file)}:${at.line})`
      return `  ${colours.yellow('orphan')} ${safe(thing)}, ${made ? 'made by' : 'kept by'} a role that does not declare it any more${where}\n`
    })
    .join('')
}
