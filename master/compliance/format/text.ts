import { safe } from '../../../protocol/safe-text.ts'
import { count, moment } from '../judge-states.ts'
import type { ComplianceReport, Finding, LevelSummary, Status } from '../report.ts'
import { CAUSE_LABELS, diffLines, nextSteps, STATUS_LABELS, sinceText, troubleOf, whoOf } from './labels.ts'
import { percent, scorePaint, sparkline } from './trend.ts'

type Tint = (text: string) => string

/** Functions that highlight text; all of them identity for a mail or a file. */
export interface Paint {
  readonly bold: Tint
  readonly dim: Tint
  readonly red: Tint
  readonly yellow: Tint
  readonly green: Tint
  readonly cyan: Tint
}

const same: Tint = text => text
export const NO_PAINT: Paint = { bold: same, dim: same, red: same, yellow: same, green: same, cyan: same }

const DIFF_LINES = 12
const BAR = 20
const INDENT = '    '

/** Renders a short report for operators: the score, the levels, problems (worst first), and what to type. Pure. */
export function renderText(report: ComplianceReport, paint: Paint): string {
  const { fleet, findings } = report
  const git =
    fleet.git === undefined
      ? ''
      : `  git ${fleet.git.slice(0, 12)}${fleet.dirty === true ? ' with uncommitted changes' : ''}`
  const cached = report.cached ? '  from the last test runs' : ''
  const head = [
    `${paint.bold(`Compliance of ${safe(fleet.name)}`)}  ${paint.dim(safe(`${report.target}  ${moment(report.at)} UTC${git}${cached}`))}`,
    '',
    `  ${scorePaint(report.score, paint)(paint.bold(percent(report.score)))}  ${report.right} of ${report.judged} compliant${trendText(report, paint)}`,
    '',
    ...report.levels.map(level => levelLine(level, paint, report.levels)),
    '',
  ]
  if (findings.length === 0) return `${[...head, paint.green('Everything is compliant.')].join('\n')}\n`
  const next = nextSteps(findings)
  const lines = [
    ...head,
    paint.bold(`${count(findings.length, 'finding')}, the worst first`),
    '',
    ...findings.flatMap(finding => [...findingLines(finding, report, paint), '']),
    paint.bold('Next'),
    ...next.slice(0, 8).map(command => `  ${paint.cyan(safe(command))}`),
    ...(next.length > 8 ? [paint.dim(`  and ${next.length - 8} more`)] : []),
  ]
  return `${lines.join('\n')}\n`
}

function levelLine(level: LevelSummary, paint: Paint, all: readonly LevelSummary[]): string {
  const width = Math.max(...all.map(one => safe(one.level).length), 5)
  const full = Math.floor((level.score / 100) * BAR)
  const bar = `${'█'.repeat(full)}${paint.dim('░'.repeat(BAR - full))}`
  const trouble = troubleOf(level)
  const name = (level.level === '' ? '-' : safe(level.level)).padEnd(width)
  return `  ${paint.bold(name)}  ${bar}  ${scorePaint(level.score, paint)(percent(level.score).padStart(7))}  ${level.right} of ${level.judged}${trouble === '' ? '' : `: ${trouble}`}`
}

function findingLines(finding: Finding, report: ComplianceReport, paint: Paint): readonly string[] {
  const { status, title, detail, since, cause, why, actions, diff, states } = finding
  const head = `${statusPaint(status, paint)(STATUS_LABELS[status].toUpperCase().padEnd(15))} ${paint.bold(safe(whoOf(finding)))}  ${safe(title)}`
  const facts = [
    ...(since === undefined ? [] : [sinceText(since, report.at)]),
    ...(cause === undefined ? [] : [CAUSE_LABELS[cause]]),
  ]
  return [
    head,
    ...(detail === undefined ? [] : detail.split('\n').map(line => `${INDENT}${safe(line)}`)),
    ...actions.map(action => `${INDENT}an apply would ${safe(action)}`),
    ...(diff === undefined ? [] : shortDiff(diff, paint)),
    ...states.flatMap(one => [
      `${INDENT}${one.change} ${safe(one.key)}`,
      ...(one.diff === undefined ? [] : shortDiff(one.diff, paint)),
    ]),
    ...(facts.length === 0 ? [] : [`${INDENT}${paint.dim(safe(facts.join(', ')))}`]),
    ...(why === undefined ? [] : [`${INDENT}${paint.dim(safe(why))}`]),
  ]
}

function shortDiff(diff: string, paint: Paint): readonly string[] {
  const lines = diffLines(diff)
  const shown = lines.slice(0, DIFF_LINES).map(line => {
    const text = safe(line)
    const tint = line.startsWith('+') ? paint.green : line.startsWith('-') ? paint.red : same
    return `${INDENT}  ${tint(text)}`
  })
  const left = lines.length - shown.length
  return left > 0 ? [...shown, `${INDENT}  ${paint.dim(`and ${count(left, 'line')} more: --output html`)}`] : shown
}

function trendText({ trend }: ComplianceReport, paint: Paint): string {
  const [last] = trend.slice(-2)
  if (trend.length < 2 || last === undefined) return ''
  return `  ${sparkline(trend.slice(-BAR).map(({ score }) => score))}  ${paint.dim(`was ${percent(last.score)} on ${moment(last.at)}`)}`
}

function statusPaint(status: Status, paint: Paint): Tint {
  if (status === 'compliant') return paint.green
  return status === 'drifted' || status === 'outdated' ? paint.yellow : paint.red
}
