import type { ApplyEvent } from '../jobs/results.ts'
import type { CliContext } from './context.ts'
import { emptyScreen, onApplyEvent, statusLine } from './render/live.ts'

const CLEAR_LINE = '\r\u001b[2K'

/** Shows a job while it runs: on a terminal one line that is drawn again, in a pipe a line for each minion that is done. */
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
      if (errIsTerminal) {
        err(`${CLEAR_LINE}${statusLine(screen, errStyle)}`)
        isDrawn = true
      } else
        err(
          next.lines
            .map(
              line => `${line}
`,
            )
            .join(''),
        )
    },
    end() {
      if (isDrawn) err(CLEAR_LINE)
    },
  }
}
