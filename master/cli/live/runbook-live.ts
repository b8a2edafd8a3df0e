import type { RunbookEventLine } from '../../runbooks/rows.ts'
import { cut, type Style, safe, widthOf } from '../render/style.ts'
import { duration } from '../render/time.ts'
import { barOf } from './bar.ts'
import type { Size } from './live-lines.ts'

/** A runbook while it runs. */
export interface LiveRunbook {
  readonly id: string
  readonly runbook: string
  readonly steps: number
  readonly beganMs: number
  readonly done: number
  /** What goes on now. */
  readonly name: string
  readonly sinceMs: number
  /** True: it takes back what it did. */
  readonly undoes: boolean
}

/** Returns the state of the runbook after an event. Pure. */
export function takeStep(
  live: LiveRunbook | undefined,
  event: RunbookEventLine,
  nowMs: number,
): LiveRunbook | undefined {
  if (event.type === 'runbook') {
    const { id, runbook, steps } = event
    return { id, runbook, steps, beganMs: nowMs, done: 0, name: '', sinceMs: nowMs, undoes: false }
  }
  if (live === undefined) return undefined
  const { step, name, state } = event
  if (state === 'begun') return { ...live, done: step, name, sinceMs: nowMs }
  if (state === 'done') return { ...live, done: step + 1, name: '', sinceMs: nowMs }
  return { ...live, done: step, name: '', sinceMs: nowMs, undoes: true }
}

/** How far it is, and the step that goes on. Pure. */
export function liveRunbookLines(
  { id, runbook, steps, beganMs, done, name, sinceMs, undoes }: LiveRunbook,
  { columns }: Size,
  nowMs: number,
  { colours }: Style,
): readonly string[] {
  const width = Math.max(columns - 1, 1)
  const parts = [safe(runbook), barOf(done, steps, columns), `${done}/${steps} steps`, duration(nowMs - beganMs)]
  const head = parts.filter(part => part !== '').join('  ')
  const whole = `${head}  ${safe(id)}`
  const first =
    widthOf(whole) <= width ? `${colours.bold(head)}  ${colours.dim(safe(id))}` : colours.bold(cut(head, width))
  const what = undoes ? 'takes back what was done' : safe(name)
  return what === '' ? [first] : [first, cut(`${what}  ${duration(nowMs - sinceMs)}`, width)]
}
