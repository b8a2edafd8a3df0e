import type { ApplyEvent } from '../../jobs/results.ts'
import type { RunbookEventLine } from '../../runbooks/rows.ts'
import type { CliContext } from '../context.ts'
import { runbookLine } from '../render/runbook.ts'
import { createDrawing } from './drawing.ts'
import { createLiveJob, takeEvent } from './job-live.ts'
import { liveLines } from './live-lines.ts'
import { plainLine } from './plain-line.ts'
import { type LiveRunbook, liveRunbookLines, takeStep } from './runbook-live.ts'

/** Shows what goes on until it is over, and clears it from a terminal. */
export interface Progress<Event = ApplyEvent> {
  on(event: Event): void
  end(): void
}

type Shown = Pick<CliContext, 'err' | 'errIsTerminal' | 'errSize' | 'errStyle'>

/** Of a job: on a terminal an area that is drawn again, in a pipe a line for each minion that is done. */
export function createProgress(context: Shown): Progress {
  const live = createLiveJob(Date.now())
  const { errIsTerminal, errStyle, errSize } = context
  return progressOf(context, {
    take: event => takeEvent(live, event, Date.now()),
    frame: nowMs => liveLines(live, errSize(), nowMs, errStyle),
    ...(errIsTerminal ? {} : { line: event => plainLine(live, event, errStyle) }),
  })
}

/** Shows the current step of a runbook; in a pipe, one line for each finished step. */
export function createRunbookProgress(context: Shown): Progress<RunbookEventLine> {
  let live: LiveRunbook | undefined
  const { errIsTerminal, errStyle, errSize } = context
  return progressOf<RunbookEventLine>(context, {
    take: event => {
      live = takeStep(live, event, Date.now())
    },
    frame: nowMs => (live === undefined ? [] : liveRunbookLines(live, errSize(), nowMs, errStyle)),
    ...(errIsTerminal ? {} : { line: event => runbookLine(event, errStyle) }),
  })
}

interface Parts<Event> {
  readonly take: (event: Event) => void
  readonly frame: Parameters<typeof createDrawing>[1]
  /** What a pipe gets of an event. Absent: there is a terminal. */
  readonly line?: (event: Event) => string | undefined
}

function progressOf<Event>(context: Shown, { take, frame, line }: Parts<Event>): Progress<Event> {
  const drawing = line === undefined ? createDrawing(context, frame) : undefined
  return {
    on(event) {
      take(event)
      drawing?.changed()
      const text = line?.(event)
      if (text !== undefined) context.err(`${text}\n`)
    },
    end: () => drawing?.end(),
  }
}
