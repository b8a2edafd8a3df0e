import type { ApplyEvent } from '../jobs/results.ts'
import type { CliContext } from './context.ts'
import { emptyScreen, onApplyEvent, statusLine } from './render/apply.ts'

const CLEAR_LINE = '\r\u001b[2K'

/** Shows a job while it runs: finished states stay, one status line below is drawn again. Plain lines in a pipe. */
export function createProgress(context: Pick<CliContext, 'err' | 'errIsTerminal' | 'errStyle'>): {
  on(event: ApplyEvent): void
  end(): void
} {
  let screen = emptyScreen()
  let isDrawn = false
  const { err, errIsTerminal, errStyle } = context
  return {
    on(event) {
      const next = onApplyEvent(screen, event, errStyle)
      screen = next.screen
      const lines = next.lines.map(line => `${line}\n`).join('')
      if (errIsTerminal) {
        err(`${CLEAR_LINE}${lines}${statusLine(screen, errStyle)}`)
        isDrawn = true
      } else if (lines !== '') err(lines)
    },
    end() {
      if (isDrawn) err(CLEAR_LINE)
    },
  }
}
