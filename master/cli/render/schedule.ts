import type { Problem } from '../../../protocol/errors.ts'
import type { DeliveryRow, NextRun, ScheduleListResult, ScheduleRow, ScheduleRunResult } from '../../verbs/schedule.ts'
import { renderProblems } from './problems.ts'
import { type Style, safe } from './style.ts'
import { renderTable } from './table.ts'
import { moment } from './time.ts'

/** Renders schedules, and the pending messages of the outbox. Pure. */
export function renderSchedules({ schedules, problems, deliveries }: ScheduleListResult, style: Style): string {
  const { colours } = style
  const paint = { on: colours.green, off: colours.dim, paused: colours.yellow, working: colours.cyan }
  const rows = schedules.map(row => [
    { text: row.schedule, paint: colours.bold },
    { text: row.state, paint: paint[row.state] },
    `${row.cron} ${row.timezone}`,
    `${row.verb} ${row.target}`,
    row.next === undefined ? '-' : moment(row.next),
    lastOf(row),
  ])
  const table = renderTable(['schedule', 'state', 'cron', 'does', 'next (UTC)', 'last (UTC)'], rows, style)
  const shown = table || (problems.length === 0 ? 'no schedules: write schedule.yml\n' : '')
  return `${shown}${deliveriesOf(deliveries, style)}${problemsOf(problems, style)}`
}

export function renderNextRuns(runs: readonly NextRun[], style: Style): string {
  const rows = runs.map(({ schedule, at, local, timezone }) => [moment(at), schedule, `${local} ${timezone}`])
  return renderTable(['next (UTC)', 'schedule', 'local time'], rows, style) || 'no scheduled runs\n'
}

export function renderScheduleRun({ schedule, outcome, job, problem }: ScheduleRunResult, { colours }: Style): string {
  const word = outcome === 'done' ? colours.green(outcome) : colours.red(outcome)
  const see = job === undefined ? '' : `  see \`master jobs ${safe(job)}\``
  const why = problem === undefined ? '' : `  ${colours.red(problem.code)}: ${safe(problem.message)}\n`
  return `${colours.bold(safe(schedule))}  ${word}${see}\n${why}`
}

function lastOf({ last, state }: ScheduleRow): string {
  if (last === undefined) return '-'
  return `${moment(last.firedAt)} ${last.outcome ?? (state === 'working' ? 'working' : 'not started')}${last.problem === undefined ? '' : `: ${last.problem.code}`}`
}

function problemsOf(problems: readonly Problem[], style: Style): string {
  if (problems.length === 0) return ''
  const { yellow } = style.colours
  return `\n${yellow('schedule.yml has problems; the last valid version stays in use:')}\n${renderProblems(problems, style)}`
}

function deliveriesOf(deliveries: readonly DeliveryRow[], style: Style): string {
  if (deliveries.length === 0) return ''
  const rows = deliveries.map(({ recipient, subject, attempts, nextAt, problem }) => [
    { text: recipient, paint: style.colours.bold },
    subject,
    attempts === 0 ? 'at once' : `try ${attempts + 1} at ${moment(nextAt)}`,
    problem === undefined ? '' : problem.message,
  ])
  return `\n${renderTable(['to deliver', 'subject', 'next', 'reason'], rows, style)}`
}
