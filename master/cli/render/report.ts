import type { Report } from '../../../protocol/report.ts'
import type { RunRow } from '../../jobs/results.ts'
import { createSlowest } from '../../jobs/slowest.ts'
import type { JobDetail, ReportResult } from '../../verbs/jobs.ts'
import type { View } from '../invocation.ts'
import { detailsFoot } from './apply.ts'
import type { Piece } from './fold.ts'
import { namesText } from './minion-names.ts'
import { resultText } from './result/result-text.ts'
import { showOf } from './result/show.ts'
import { type ShownRun, shownRuns } from './result/shown-run.ts'
import { type Style, safe } from './style.ts'
import { moment } from './time.ts'

/** Renders the output of `master report`, which includes what the job result left out. Pure. */
export function renderReports({ reports, without }: ReportResult, style: Style, view: Pick<View, 'show'> = {}): string {
  if (reports.length + without.length === 0) return 'no reports yet\n'
  const foot = originFoot(reports, without, style)
  const show = showOf(view.show, 'full')
  const slow = createSlowest()
  if (show.slowest > 0) for (const { minion, results } of reports) slow.take(minion, results)
  const slowest = slow.most(show.slowest)
  return resultText({ ...NONE, runs: reportedRuns({ reports, without }), slowest, foot }, show, style)
}

/** What each minion came to, all its rounds as one. Pure. */
export function reportedRuns({ reports, without }: ReportResult): readonly ShownRun[] {
  // Reports of a job are in the order of their rounds; runs without a report are later.
  const rounds = new Map<string, number>()
  const waveOf = (minion: string): number => {
    const wave = rounds.get(minion) ?? 0
    rounds.set(minion, wave + 1)
    return wave
  }
  const reported = reports.map(report => ({ ...report, checks: report.checks ?? [], wave: waveOf(report.minion) }))
  const silent = without.map(run => ({ ...run, ...NOTHING, wave: waveOf(run.minion) }))
  return shownRuns([...reported, ...silent])
}

const NONE = { missed: [], leftOut: [], waiting: [], remarks: [], slowest: [] }
const NOTHING = { results: [], checks: [], owed: [] }

/** Names the jobs, or the run if there is only one. */
function originFoot(
  reports: readonly Report[],
  without: readonly RunRow[],
  { colours }: Style,
): readonly (readonly Piece[])[] {
  const [only] = reports
  if (only !== undefined && reports.length === 1 && without.length === 0) {
    const ids = [only.run, ...(only.job === undefined ? [] : [only.job])].map(id => safe(id))
    return [dimmed([...ids, `${moment(only.startedAt)} UTC`, `${verbOf(only)}, ${only.origin}`], colours.dim)]
  }
  const first = new Map<string, Report>()
  for (const report of reports) {
    const key = report.job ?? report.run
    if (!first.has(key)) first.set(key, report)
  }
  const unreported = new Set(without.map(({ job }) => job).filter(job => !first.has(job)))
  return [
    ...[...first].map(([id, report]) => {
      return dimmed([safe(id), `${moment(report.startedAt)} UTC`, `${verbOf(report)}, ${report.origin}`], colours.dim)
    }),
    ...[...unreported].map(job => dimmed([safe(job)], colours.dim)),
    ...(without.length === 0 ? [] : [[{ text: `no report yet: ${namesText(without.map(({ minion }) => minion))}` }]]),
  ]
}

function verbOf({ test, orphanRun }: Report): string {
  if (orphanRun !== undefined) return `orphans --${orphanRun}${test ? ' --test' : ''}`
  return test ? 'test' : 'apply'
}

function dimmed(texts: readonly string[], paint: Piece['paint']): readonly Piece[] {
  return texts.map(text => ({ text, whole: true, ...(paint === undefined ? {} : { paint }) }))
}

/** Renders `master jobs JOB`. Pure. */
export function renderJob({ job, runs, slowest = [] }: JobDetail, style: Style, view: Pick<View, 'show'> = {}): string {
  const head = `${safe(job.job)}  ${job.verb} ${safe(job.target)}  ${moment(job.createdAt)} UTC  by ${safe(job.operator)}\n`
  const foot = [detailsFoot(job.job, style)]
  return `${head}\n${resultText({ ...NONE, runs: shownRuns(runs), slowest, foot }, showOf(view.show, 'short'), style)}`
}
