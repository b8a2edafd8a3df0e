import type { ApplyEvent } from '../../jobs/results.ts'
import type { CliContext } from '../context.ts'
import { createArea } from './area.ts'
import { createLiveJob, takeEvent } from './job-live.ts'
import { liveLines } from './live-lines.ts'
import { plainLine } from './plain-line.ts'

/** A frame is drawn no more often than this; without news once a second, for the times in it. */
const FRAME_MS = 100
const TICK_MS = 1000

/** Shows a job while it runs, and leaves nothing of it behind. */
export interface Progress {
  on(event: ApplyEvent): void
  end(): void
}

/** On a terminal an area that is drawn again, in a pipe a line for each minion that is done. */
export function createProgress(context: Pick<CliContext, 'err' | 'errIsTerminal' | 'errSize' | 'errStyle'>): Progress {
  const live = createLiveJob(Date.now())
  if (context.errIsTerminal) return onTerminal(live, context)
  return {
    on(event) {
      takeEvent(live, event, Date.now())
      const line = plainLine(live, event, context.errStyle)
      if (line !== undefined) context.err(`${line}\n`)
    },
    end: () => undefined,
  }
}

function onTerminal(
  live: ReturnType<typeof createLiveJob>,
  { err, errSize, errStyle }: Pick<CliContext, 'err' | 'errSize' | 'errStyle'>,
): Progress {
  const area = createArea(err, errSize)
  let next: NodeJS.Timeout | undefined
  let drawnAt = Number.NEGATIVE_INFINITY
  let isOver = false
  const draw = (): void => {
    clearTimeout(next)
    drawnAt = Date.now()
    area.draw(liveLines(live, errSize(), drawnAt, errStyle))
    next = setTimeout(draw, TICK_MS)
    next.unref()
  }
  return {
    on(event) {
      if (isOver) return
      takeEvent(live, event, Date.now())
      const waits = drawnAt + FRAME_MS - Date.now()
      clearTimeout(next)
      if (waits <= 0) return draw()
      next = setTimeout(draw, waits)
      next.unref()
    },
    end() {
      isOver = true
      clearTimeout(next)
      area.clear()
    },
  }
}
