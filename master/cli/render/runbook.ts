import type { RunbookEventLine, RunbookStepRow } from '../../runbooks/rows.ts'
import type { RunbookListResult, RunbookPlan, RunbookResult } from '../../verbs/runbook.ts'
import { renderProblems } from './problems.ts'
import { type Style, safe } from './style.ts'
import { renderTable } from './table.ts'
import { moment } from './time.ts'

/** Renders the runbooks and their runs. Pure. */
export function renderRunbooks({ runbooks, runs }: RunbookListResult, style: Style): string {
  const books = runbooks.map(({ runbook, summary, params }) => {
    return [runbook, params.map(({ name, required }) => (required ? name : `[${name}]`)).join(' ') || '-', summary]
  })
  const begun = runs.map(({ id, runbook, target, operator, startedAt, state }) => {
    return [id, runbook, target || '-', operator, moment(startedAt), paint(state, style)]
  })
  const there = renderTable(['runbook', 'parameters', 'summary'], books, style) || 'no runbooks\n'
  const history = renderTable(['id', 'runbook', 'with', 'operator', 'since', 'state'], begun, style)
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
