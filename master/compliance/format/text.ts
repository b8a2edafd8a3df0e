import { safe } from '../../../protocol/safe-text.ts'
import type { ComplianceReport, Status } from '../report.ts'
import type { DiffView, FindingView, Limits } from '../view/finding-view.ts'
import {
  type LevelView,
  type ListView,
  moreText,
  type ReportView,
  reportView,
  type SectionView,
} from '../view/report-view.ts'
import { scorePaint, sparkline } from './trend.ts'

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

const LIMITS: Limits = { findings: 200, diffLines: 12, states: 12 }
const BAR = 20
const INDENT = '    '

/** Renders a short report for operators: the score, the levels, what is new, what is still there, and what to type. Pure. */
export function renderText(report: ComplianceReport, paint: Paint): string {
  const view = reportView(report, LIMITS)
  const width = Math.max(...view.levels.map(({ name }) => safe(name).length), 5)
  const head = [
    `${paint.bold(safe(view.title))}  ${paint.dim(safe(view.about.join(', ')))}`,
    '',
    `  ${scorePaint(view.score, paint)(paint.bold(view.percent))}  ${view.compliant.join(', ')}${trendText(report, view, paint)}`,
    `  ${view.findings}`,
    '',
    ...view.levels.map(level => levelLine(level, width, paint)),
    '',
  ]
  const isCalm = view.sections.length === 0
  const lines = [
    ...head,
    ...(isCalm ? [paint.green('Everything is compliant.'), ''] : []),
    ...view.sections.flatMap(section => sectionLines(section, paint)),
    ...listLines(view.resolved, paint, same),
    ...listLines(view.orphans, paint, paint.yellow),
    ...listLines(view.next, paint, paint.cyan),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

function levelLine({ name, score, percent, compliant, trouble }: LevelView, width: number, paint: Paint): string {
  const full = Math.floor((score / 100) * BAR)
  const bar = `${'█'.repeat(full)}${paint.dim('░'.repeat(BAR - full))}`
  const shown = paint.bold(safe(name).padEnd(width))
  return `  ${shown}  ${bar}  ${scorePaint(score, paint)(percent.padStart(7))}  ${compliant.join(', ')}${trouble === '' ? '' : `: ${trouble}`}`
}

function sectionLines({ title, note, findings, left }: SectionView, paint: Paint): readonly string[] {
  return [
    paint.bold(`${title}: ${note}`),
    '',
    ...findings.flatMap(finding => [...findingLines(finding, paint), '']),
    ...(left === 0 ? [] : [`${moreText(left)}: --output csv`, '']),
  ]
}

function findingLines(finding: FindingView, paint: Paint): readonly string[] {
  const { status, label, kind, name, where, detail, actions, diff, states, facts, why } = finding
  const title = `${kind === '' ? '' : `${kind} `}${name}`
  const dim = (text: string): string => `${INDENT}${paint.dim(safe(text))}`
  return [
    `${statusPaint(status, paint)(label.toUpperCase().padEnd(15))} ${paint.bold(safe(where))}  ${safe(title)}`,
    ...detail.map(line => `${INDENT}${safe(line)}`),
    ...actions.map(action => `${INDENT}${safe(action)}`),
    ...diffText(diff, paint),
    ...states.flatMap(one => [`${INDENT}${safe(one.text)}`, ...diffText(one.diff, paint)]),
    ...(facts.length === 0 ? [] : [dim(facts.join(', '))]),
    ...(why === undefined ? [] : [dim(why)]),
  ]
}

function diffText(diff: DiffView | undefined, paint: Paint): readonly string[] {
  if (diff === undefined) return []
  const lines = diff.lines.map(line => {
    const text = safe(line)
    const tint = line.startsWith('+') ? paint.green : line.startsWith('-') ? paint.red : same
    return `${INDENT}  ${tint(text)}`
  })
  return diff.more === '' ? lines : [...lines, `${INDENT}  ${paint.dim(`${diff.more}: --output html`)}`]
}

function listLines(list: ListView | undefined, paint: Paint, tint: Tint): readonly string[] {
  if (list === undefined) return []
  const { title, items, left } = list
  const more = left === 0 ? [] : [`  ${paint.dim(moreText(left))}`]
  return [paint.bold(title), ...items.map(item => `  ${tint(safe(item))}`), ...more, '']
}

function trendText({ trend }: ComplianceReport, { trendNote }: ReportView, paint: Paint): string {
  if (trend.length < 2) return ''
  return `  ${sparkline(trend.slice(-BAR).map(({ score }) => score))}  ${paint.dim(trendNote)}`
}

function statusPaint(status: Status, paint: Paint): Tint {
  if (status === 'compliant') return paint.green
  return status === 'drifted' || status === 'outdated' ? paint.yellow : paint.red
}
