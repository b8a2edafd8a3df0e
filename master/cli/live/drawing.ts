import type { CliContext } from '../context.ts'
import { type Area, createArea } from './area.ts'

/** Something that is drawn again when it changed, and for the times in it. */
export interface Drawing {
  changed(): void
  /** Takes it away for good. */
  end(): void
}

/** A frame is drawn no more often than this; without news once a second. */
const FRAME_MS = 100
const TICK_MS = 1000

/** Draws what `frame` gives on the terminal; nothing before something changed. */
export function createDrawing(
  { err, errSize }: Pick<CliContext, 'err' | 'errSize'>,
  frame: (nowMs: number) => Parameters<Area['draw']>[0],
): Drawing {
  const area = createArea(err, errSize)
  let next: NodeJS.Timeout | undefined
  let drawnAt = Number.NEGATIVE_INFINITY
  let isOver = false
  const draw = (): void => {
    clearTimeout(next)
    drawnAt = Date.now()
    area.draw(frame(drawnAt))
    next = setTimeout(draw, TICK_MS)
    next.unref()
  }
  return {
    changed() {
      if (isOver) return
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
