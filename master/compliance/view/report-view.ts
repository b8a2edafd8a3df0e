import { counted } from '../../../protocol/amounts.ts'
import { compliantTexts, findingsText, nextSteps, troubleOf } from '../format/labels.ts'
import { percent } from '../format/trend.ts'
import { moment } from '../judge-states.ts'
import type { ComplianceReport, FindingGroup, LevelSummary } from '../report.ts'
import { type FindingView, findingView, type Limits, resolvedText } from './finding-view.ts'
import { orphanTexts } from './orphan-texts.ts'
import { type TrendChart, trendChart } from './trend-chart.ts'

/** What the text, the page and the mail say, in this order. All texts are foreign and not escaped yet. */
export interface ReportView {
  readonly title: string
  /** Time, target and what else the report is about. */
  readonly about: readonly string[]
  readonly score: number
  readonly percent: string
  /** What is compliant: minions, and contracts. */
  readonly compliant: readonly string[]
  /** How many findings, on what, and how many are new. */
  readonly findings: string
  readonly levels: readonly LevelView[]
  readonly trend: TrendChart | undefined
  /** What to say in place of a trend, or beside it. */
  readonly trendNote: string
  /** New findings, then those that are still there. */
  readonly sections: readonly SectionView[]
  /** Absent when nothing is resolved. */
  readonly resolved: ListView | undefined
  /** How many orphans minions have; absent when there are none. */
  readonly orphans: ListView | undefined
  readonly next: ListView | undefined
  readonly origin: readonly string[]
}

export interface LevelView {
  readonly name: string
  readonly score: number
  readonly percent: string
  readonly compliant: readonly string[]
  /** Minions by status; empty when all are compliant. */
  readonly trouble: string
}

export interface SectionView {
  readonly id: string
  readonly title: string
  /** For example `3 findings, worst first`. */
  readonly note: string
  readonly findings: readonly FindingView[]
  /** How many more there are. */
  readonly left: number
}

export interface ListView {
  readonly title: string
  readonly items: readonly string[]
  /** How many more there are. */
  readonly left: number
}

const MOST_STEPS = 8

/** Prepares a report for display: the one place for its wording and its order. Pure. */
export function reportView(report: ComplianceReport, limits: Limits): ReportView {
  const { fleet, trend, resolved, previous } = report
  const chart = trendChart(trend)
  const last = trend.at(-2)
  const orphans = orphanTexts(report.judgements)
  return {
    title: `Compliance of ${fleet.name}`,
    about: aboutOf(report),
    score: report.score,
    percent: percent(report.score),
    compliant: compliantTexts(report),
    findings: findingsText(report),
    levels: report.levels.map(levelView),
    trend: chart,
    trendNote:
      chart === undefined || last === undefined
        ? 'This is the first report of this target: the trend begins here.'
        : `was ${percent(last.score)} on ${moment(last.at)}`,
    sections: sectionsOf(report, limits),
    resolved:
      resolved.length === 0 || previous === undefined
        ? undefined
        : list(`Resolved since ${moment(previous.at)}`, resolved.map(resolvedText), limits.findings),
    orphans: orphans.length === 0 ? undefined : list('Orphans', orphans, MOST_STEPS),
    next: stepsOf(report),
    origin: [
      `Fleet ${fleet.name}, revision ${fleet.revision.slice(0, 12)}`,
      `asked by ${report.operator}`,
      `report ${report.id}`,
      ...(report.job === undefined ? [] : [`job ${report.job}`]),
    ],
  }
}

function aboutOf({ at, target, fleet, cached }: ComplianceReport): readonly string[] {
  const dirty = fleet.dirty === true ? ' with uncommitted changes' : ''
  return [
    `${moment(at)} UTC`,
    `target ${target}`,
    ...(fleet.git === undefined ? [] : [`git ${fleet.git.slice(0, 12)}${dirty}`]),
    ...(cached ? ['from the last test runs'] : []),
  ]
}

function levelView(level: LevelSummary): LevelView {
  const { score } = level
  return {
    name: level.level === '' ? 'no level' : level.level,
    score,
    percent: percent(score),
    compliant: compliantTexts(level),
    trouble: troubleOf(level),
  }
}

/** New findings are first, because somebody who reads every report looks for them. */
function sectionsOf(report: ComplianceReport, limits: Limits): readonly SectionView[] {
  const { groups, previous } = report
  if (groups.length === 0) return []
  if (previous === undefined)
    return [{ ...section('findings', 'Findings', groups, report, limits), note: 'worst first' }]
  const [fresh, old] = [groups.filter(({ isNew }) => isNew), groups.filter(({ isNew }) => !isNew)]
  return [
    section('new', `New since ${moment(previous.at)}`, fresh, report, limits),
    ...(old.length === 0 ? [] : [section('known', 'Still open', old, report, limits)]),
  ]
}

function section(
  id: string,
  title: string,
  groups: readonly FindingGroup[],
  { at }: ComplianceReport,
  limits: Limits,
): SectionView {
  const shown = groups.slice(0, limits.findings)
  return {
    id,
    title,
    note:
      groups.length === 0 ? 'nothing' : counted(groups.length, 'finding') + (groups.length > 1 ? ', worst first' : ''),
    findings: shown.map(group => findingView(group, at, limits)),
    left: groups.length - shown.length,
  }
}

function stepsOf(report: ComplianceReport): ListView | undefined {
  const steps = nextSteps(report)
  return steps.length === 0 ? undefined : list('Next', steps, MOST_STEPS)
}

function list(title: string, items: readonly string[], most: number): ListView {
  return { title, items: items.slice(0, most), left: Math.max(0, items.length - most) }
}

/** Says what is left out; empty when nothing is. Pure. */
export function moreText(left: number): string {
  return left > 0 ? `and ${left} more` : ''
}
