import type { ApplyEvent } from '../../jobs/results.ts'
import { minionCount } from './minion-names.ts'
import { paintOf } from './outcome.ts'
import { cut, type Style, safe } from './style.ts'
import { duration } from './time.ts'

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
 * The screen after an event, and the lines of it in a pipe. The screen before it must not be used any more: `now` is taken
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
      const lines = [`${colours.dim(safe(event.job))} ${event.verb}: ${minionCount(event.minions.length)}`]
      return { screen: { minions: event.minions.length, finished: 0, now }, lines }
    }
    case 'run':
      if (event.state === 'running') now.set(event.minion, `begins ${event.states ?? 0} states`)
      return { screen: { ...screen, now }, lines: [] }
    case 'state': {
      const { minion, index, states, key, outcome } = event
      if (outcome === undefined) now.set(minion, `${index + 1}/${states} ${key}`)
      return { screen: { ...screen, now }, lines: [] }
    }
    case 'finished': {
      const { minion, state, durationMs } = event.run
      now.delete(minion)
      const finished = screen.finished + 1
      const took = durationMs === undefined ? '' : `  ${duration(durationMs)}`
      const count = colours.dim(`${finished}/${screen.minions}`)
      return {
        screen: { ...screen, finished, now },
        lines: [`${count}  ${colours.bold(safe(minion))}  ${paintOf(state, style)(state)}${took}`],
      }
    }
    case 'round': {
      const again = `round ${event.round}: ${minionCount(event.minions.length)} again, with what was reported`
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
