import type { Problem } from '../../../protocol/errors.ts'
import type { DeliveryRow, NextRun, ScheduleListResult, ScheduleRow, ScheduleRunResult } from '../../verbs/schedule.ts'
import { renderProblems } from './problems.ts'
import { type Style, safe } from './style.ts'
import { type Cell, renderTable, type Table, type TableWish, timeColumn } from './table.ts'

export const SCHEDULES: Table<ScheduleRow> = [
  { name: 'schedule', cell: ({ schedule }, { colours }) => ({ text: schedule, paint: colours.bold }) },
  { name: 'state', cell: stateCell },
  { name: 'cron', wraps: 12, rank: 3, cell: ({ cron, timezone }) => `${cron} ${timezone}` },
  { name: 'does', wraps: 16, cell: ({ verb, target }) => `${verb} ${target}` },
  timeColumn('next', ({ next }) => next, { rank: 1 }),
  timeColumn('last', ({ last }) => last?.firedAt, { rank: 4 }),
  { name: 'result', wraps: 12, rank: 2, cell: resultCell },
]

export const NEXT_RUNS: Table<NextRun> = [
  timeColumn('next', ({ at }) => at),
  { name: 'schedule', cell: ({ schedule }) => schedule },
  { name: 'local-time', wraps: 19, cell: ({ local, timezone }) => `${local} ${timezone}` },
]

const DELIVERIES: Table<DeliveryRow> = [
  {
    name: 'recipient',
    title: 'to deliver',
    cell: ({ recipient }, { colours }) => ({ text: recipient, paint: colours.bold }),
  },
  { name: 'subject', wraps: 18, breaks: true, cell: ({ subject }) => subject },
  { name: 'tries', rank: 2, cell: ({ attempts }) => String(attempts) },
  timeColumn('next', ({ nextAt }) => nextAt, { rank: 1 }),
  { name: 'reason', wraps: 24, breaks: true, cell: ({ problem }) => problem?.message ?? '-' },
]

/** Renders schedules, and the pending messages of the outbox; `wish` chooses columns of the first. Pure. */
export function renderSchedules(
  { schedules, problems, deliveries }: ScheduleListResult,
  style: Style,
  wish?: TableWish,
): string {
  const table = renderTable(SCHEDULES, schedules, style, wish)
  const shown = table || (problems.length === 0 ? 'no schedules: write schedule.yml\n' : '')
  return `${shown}${deliveriesOf(deliveries, style, wish)}${problemsOf(problems, style)}`
}

export function renderNextRuns(runs: readonly NextRun[], style: Style, wish?: TableWish): string {
  return renderTable(NEXT_RUNS, runs, style, wish) || 'no scheduled runs\n'
}

export function renderScheduleRun({ schedule, outcome, job, problem }: ScheduleRunResult, { colours }: Style): string {
  const word = outcome === 'done' ? colours.green(outcome) : colours.red(outcome)
  const see = job === undefined ? '' : `  see \`master jobs ${safe(job)}\``
  const why = problem === undefined ? '' : `  ${colours.red(problem.code)}: ${safe(problem.message)}\n`
  return `${colours.bold(safe(schedule))}  ${word}${see}\n${why}`
}

function stateCell({ state }: ScheduleRow, { colours }: Style): Cell {
  const paint = { on: colours.green, off: colours.dim, paused: colours.yellow, working: colours.cyan }
  return { text: state, paint: paint[state] }
}

function resultCell({ last, state }: ScheduleRow, { colours }: Style): Cell | string {
  if (last === undefined) return 'never ran'
  const outcome = last.outcome ?? (state === 'working' ? 'working' : 'not started')
  const text = last.problem === undefined ? outcome : `${outcome}: ${last.problem.code}`
  return outcome === 'failed' ? { text, paint: colours.red } : text
}

function problemsOf(problems: readonly Problem[], style: Style): string {
  if (problems.length === 0) return ''
  const { yellow } = style.colours
  return `\n${yellow('schedule.yml has problems; the last valid version stays in use:')}\n${renderProblems(problems, style)}`
}

function deliveriesOf(deliveries: readonly DeliveryRow[], style: Style, wish: TableWish | undefined): string {
  if (deliveries.length === 0) return ''
  return `\n${renderTable(DELIVERIES, deliveries, style, { wide: wish?.wide === true })}`
}
