import type { CliContext } from '../context.ts'
import { cut, safe } from '../render/style.ts'

const CLEAR_LINE = '\r\u001b[2K'
const MOST_NAMES = 5

/** On a terminal: how many minions have ended, and which have not. */
export interface Counter {
  readonly ended: (minion: string) => void
  /** Takes the line away. */
  readonly stop: () => void
}

export function createCounter(
  context: Pick<CliContext, 'err' | 'errIsTerminal' | 'errSize'>,
  minions: readonly string[],
  quiet: boolean,
): Counter {
  const shown = context.errIsTerminal && !quiet && minions.length > 0
  const waiting = new Set(minions)
  const draw = (): void => {
    if (!shown) return
    const line = waitingText(waiting, minions.length)
    // A line that the terminal broke could not be cleared.
    context.err(`${CLEAR_LINE}${waiting.size === 0 ? '' : cut(line, context.errSize().columns - 1)}`)
  }
  draw()
  return {
    ended: minion => {
      waiting.delete(minion)
      draw()
    },
    stop: () => {
      if (shown) context.err(CLEAR_LINE)
    },
  }
}

/** Names the first minions that have not ended. There can be thousands, of which only these are read. Pure. */
export function waitingText(waiting: ReadonlySet<string>, all: number): string {
  const names = [...waiting.values().take(MOST_NAMES)].map(minion => safe(minion)).join(', ')
  const more = waiting.size > MOST_NAMES ? ` and ${waiting.size - MOST_NAMES} more` : ''
  return `${all - waiting.size} of ${all} ended; waiting for ${names}${more}`
}
