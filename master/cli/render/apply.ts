import type { ApplyEvent, ApplyResult, AwayMinion, LeftOutMinion, RunOutcome } from '../../jobs/results.ts'
import { checksText, countsText, paintOf } from './outcome.ts'
import { renderProblems, renderWarnings } from './problems.ts'
import { indent, renderChecks, renderOrphans, renderResult } from './report.ts'
import { cut, type Style, safe } from './style.ts'
import { duration, moment } from './time.ts'

/** What the screen knows of a job that goes on. */
export interface ApplyScreen {
  readonly minions: number
  readonly finished: number
  /** What each minion works on now. */
  readonly now: Map<string, string>
}

export function emptyScreen(): ApplyScreen {
  return { minions: 0, finished: 0, now: new Map() }
}

/**
 * The screen after an event, and the lines that stay on it. The screen before it must not be used any more: `now` is taken
 * over and changed, since a copy for each event of a job would cost the square of its minions.
 */
export function onApplyEvent(
  screen: ApplyScreen,
  event: ApplyEvent,
  style: Style,
): { readonly screen: ApplyScreen; readonly lines: readonly string[] } {
  const { colours } = style
  const { now } = screen
  switch (event.type) {
    case 'job': {
      const ordered = event.minions.length === 1 ? '1 minion' : `${event.minions.length} minions`
      const lines = [
        `${colours.dim(safe(event.job))} ${event.verb}: ${ordered}`,
        ...event.away.map(away => awayLine(away, style)),
        ...(event.warnings ?? []).map(({ message }) => `${colours.yellow('warning:')} ${safe(message)}`),
        ...(event.leftOut ?? []).map(({ minion }) => `${colours.bold(safe(minion))}  ${colours.red('left out')}`),
      ]
      return { screen: { minions: event.minions.length, finished: 0, now }, lines }
    }
    case 'run':
      if (event.state === 'running') now.set(event.minion, `begins ${event.states ?? 0} states`)
      return { screen: { ...screen, now }, lines: [] }
    case 'state': {
      const { minion, index, states, key, outcome, durationMs } = event
      if (outcome === undefined) {
        now.set(minion, `${index + 1}/${states} ${key}`)
        return { screen: { ...screen, now }, lines: [] }
      }
      const quiet = outcome === 'unchanged' || outcome === 'skipped'
      const took = durationMs === undefined ? '' : colours.dim(`  ${duration(durationMs)}`)
      const line = `${colours.bold(safe(minion))}  ${paintOf(outcome, style)(outcome.padEnd(12))} ${safe(key)}${took}`
      return { screen: { ...screen, now }, lines: quiet ? [] : [line] }
    }
    case 'finished':
      now.delete(event.run.minion)
      return { screen: { ...screen, finished: screen.finished + 1, now }, lines: [runLine(event.run, style)] }
    case 'round': {
      const again = `round ${event.round}: ${safe(event.minions.join(', '))}, by what was reported`
      return { screen: { minions: event.minions.length, finished: 0, now }, lines: [colours.dim(again)] }
    }
    default:
      return event satisfies never
  }
}

/** The one line at the bottom that is drawn again and again. Pure. */
export function statusLine({ minions, finished, now }: ApplyScreen, style: Style): string {
  let line = `${finished}/${minions} finished`
  for (const [minion, what] of now) {
    // What comes behind is not visible: of thousands of minions only these are looked at.
    if (line.length >= style.width) break
    line += `  ${safe(`${minion}: ${what}`)}`
  }
  return cut(line, style.width - 1)
}

/** The answer: every minion, what is not as it was, how long. Pure. */
export function renderApply(result: ApplyResult, style: Style): string {
  const { colours } = style
  const earlier = Map.groupBy(result.earlier ?? [], ({ minion }) => minion)
  const totals = new Map((result.totals ?? []).map(total => [total.minion, total]))
  const runs = result.runs.map(run => {
    const before = (earlier.get(run.minion) ?? []).map(one => renderRunBody(one, style)).join('')
    const { rounds, ...total } = totals.get(run.minion) ?? { rounds: 1 }
    const again = rounds === 1 ? '' : colours.dim(`  in ${rounds} rounds`)
    return `${runLine({ ...run, ...total }, style)}${again}\n${before}${renderRunBody(run, style)}`
  })
  const away = result.away.map(minion => `${awayLine(minion, style)}\n`)
  const dirty = result.dirty === true ? ', with uncommitted changes' : ''
  const git = result.git === undefined ? '' : ` (git ${safe(result.git.slice(0, 12))}${dirty})`
  const foot = colours.dim(`${safe(result.job)}  fleet ${safe(result.revision.slice(0, 12))}${git}`)
  const only = (result.contractOnly ?? []).map(({ role, minions }) => {
    return `${colours.yellow(`role ${safe(role)} is a draft`)} and was not applied to ${safe(minions.join(', '))}\n`
  })
  const waiting = (result.waiting ?? []).map(({ minion, problems }) => {
    return `${colours.bold(safe(minion))}  ${colours.yellow('waits')}\n${indent(renderProblems(problems, style))}`
  })
  const leftOut = (result.leftOut ?? []).map(one => leftOutText(one, style))
  return `${runs.join('')}${leftOut.join('')}${waiting.join('')}${away.join('')}${only.join('')}${renderWarnings(result.warnings ?? [], style)}${foot}\n`
}

/** Who was left out of a job, and why. Pure. */
function leftOutText({ minion, problems }: LeftOutMinion, style: Style): string {
  const { bold, red } = style.colours
  return `${bold(safe(minion))}  ${red('left out')}\n${indent(renderProblems(problems, style))}`
}

export function renderRunBody(run: RunOutcome, style: Style): string {
  const problem = run.problem === undefined ? '' : indent(renderProblems([run.problem], style))
  const owed = run.owed.map(
    ({ state, cause }) => `  ${style.colours.yellow('owed')} ${safe(state)}, since ${safe(cause)} changed\n`,
  )
  return `${run.results.map(one => renderResult(one, style)).join('')}${renderChecks(run.checks, style)}${problem}${owed.join('')}${renderOrphans(run.orphans, style)}`
}

export function runLine(run: RunOutcome, style: Style): string {
  const counts = run.counts === undefined ? '' : `  ${countsText(run.counts, run.test)}${checksText(run.checks)}`
  const took = run.durationMs === undefined ? '' : `  ${duration(run.durationMs)}`
  return `${style.colours.bold(safe(run.minion))}  ${paintOf(run.state, style)(run.state)}${counts}${took}`
}

function awayLine({ minion, since, waiting }: AwayMinion, { colours }: Style): string {
  const when = since === undefined ? 'never connected' : `offline since ${moment(since)}`
  return `${colours.bold(safe(minion))}  ${colours.red(when)}${waiting ? ', its order waits' : ''}`
}
