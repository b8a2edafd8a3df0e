import type { CliContext } from '../context.ts'
import { safe } from '../render/style.ts'

const CLEAR_LINE = '\r\u001b[2K'

/** On a terminal: how many minions have ended, and which have not. */
export interface Counter {
  readonly ended: (minion: string) => void
  /** Takes the line away. */
  readonly stop: () => void
}

export function createCounter(
  context: Pick<CliContext, 'err' | 'errIsTerminal'>,
  minions: readonly string[],
  quiet: boolean,
): Counter {
  const shown = context.errIsTerminal && !quiet && minions.length > 0
  const waiting = new Set(minions)
  const draw = (): void => {
    const names = [...waiting].slice(0, 5).join(', ')
    const more = waiting.size > 5 ? ` and ${waiting.size - 5} more` : ''
    const line = `${minions.length - waiting.size} of ${minions.length} ended; waiting for ${safe(names)}${more}`
    if (shown) context.err(`${CLEAR_LINE}${waiting.size === 0 ? '' : line}`)
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
