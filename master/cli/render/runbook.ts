import type { RunbookEventLine, RunbookStepRow } from '../../runbooks/rows.ts'
import type { RunbookListResult, RunbookPlan, RunbookResult } from '../../verbs/runbook.ts'
import { renderProblems } from './problems.ts'
import { type Style, safe } from './style.ts'
import { renderTable, type Table, type TableWish, timeColumn } from './table.ts'

export const RUNBOOKS: Table<RunbookListResult['runbooks'][number]> = [
  { name: 'runbook', cell: ({ runbook }) => runbook },
  {
    name: 'parameters',
    wraps: 12,
    cell: ({ params }) => params.map(({ name, required }) => (required ? name : `[${name}]`)).join(' ') || '-',
  },
  { name: 'summary', wraps: 24, breaks: true, cell: ({ summary }) => summary || '-' },
]

const RUNS: Table<RunbookListResult['runs'][number]> = [
  { name: 'id', cell: ({ id }) => id },
  { name: 'runbook', cell: ({ runbook }) => runbook },
  { name: 'with', wraps: 10, cell: ({ target }) => target || '-' },
  { name: 'operator', rank: 2, cell: ({ operator }) => operator },
  timeColumn('started', ({ startedAt }) => startedAt, { rank: 1 }),
  { name: 'state', cell: ({ state }, style) => paint(state, style) },
]

/** Renders the runbooks and their runs; `wish` chooses columns of the first. Pure. */
export function renderRunbooks({ runbooks, runs }: RunbookListResult, style: Style, wish?: TableWish): string {
  const there = renderTable(RUNBOOKS, runbooks, style, wish) || 'no runbooks\n'
  const history = renderTable(RUNS, runs, style, { wide: wish?.wide === true })
  return history === '' ? there : `${there}\n${history}`
}

export function renderRunbookPlan({ steps }: RunbookPlan, style: Style): string {
  return steps.map(step => `${stepLine(step, style)}\n`).join('')
}

/** Renders every step, and what the operator can do next. Pure. */
export function renderRunbookResult(result: RunbookResult, style: Style): string {
  const { id, runbook, state, steps, problem, question } = result
  const lines = steps.map(step => `${stepLine(step, style)}\n`)
  const head = `${style.colours.bold(safe(runbook))} ${safe(id)}: ${paint(state, style).text}\n`
  const why = problem === undefined ? '' : renderProblems([problem], style)
  const next =
    state === 'waiting'
      ? `${safe(question ?? 'waiting for an answer')}\n  yes: master runbook resume ${safe(id)} --yes\n  no:  master runbook abort ${safe(id)}\n`
      : state === 'halted'
        ? `  repair it, then: master runbook resume ${safe(id)}\n`
        : ''
  return `${lines.join('')}${head}${why}${next}`
}

/** Renders a progress line; undefined for an event that needs none. Pure. */
export function runbookLine(event: RunbookEventLine, style: Style): string | undefined {
  if (event.type === 'runbook')
    return style.colours.dim(`${safe(event.id)} ${safe(event.runbook)}: ${event.steps} steps`)
  return event.state === 'begun' ? undefined : `${paint(event.state, style).text}  ${safe(event.name)}`
}

function stepLine({ step, name, kind, on, final, state }: RunbookStepRow, style: Style): string {
  const where = on === undefined ? '' : style.colours.dim(`  (${kind} ${safe(on)})`)
  const mark = final === true ? style.colours.yellow('  from here on, nothing is undone') : ''
  const word = state === undefined ? (kind === 'confirm' ? 'asks' : '') : paint(state, style).text
  return `${String(step + 1).padStart(3)}  ${word.padEnd(7)}  ${safe(name)}${where}${mark}`
}

function paint(state: string, { colours }: Style): { readonly text: string; readonly paint: (text: string) => string } {
  const good = state === 'done'
  const bad = state === 'failed' || state === 'halted' || state === 'undone'
  return { text: state, paint: good ? colours.green : bad ? colours.red : colours.yellow }
}
