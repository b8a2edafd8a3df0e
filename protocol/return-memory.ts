import { Session } from 'node:inspector'
import { type EventLoopUtilization, performance } from 'node:perf_hooks'

const LOOK_MS = 4000
/** A process that worked for more than this share of the time since the last look is not idle. */
const BUSY = 0.05
const MEBIBYTE = 1024 ** 2
/** What the heap must have grown by since it was last collected. */
const GROWTH = 8 * MEBIBYTE
/** A collection of a larger heap would stop the process for too long. */
const LARGEST = 192 * MEBIBYTE

/** What is known about the memory of a process. */
export interface MemoryLook {
  /** Share of the time since the last look that the event loop was busy. */
  readonly busy: number
  /** Bytes of the heap, with garbage. */
  readonly heap: number
  /** Bytes of the heap after the last collection, or at the start. */
  readonly before: number
}

/** Decides whether to collect garbage now: V8 leaves that of finished work in memory until there is new work. Pure. */
export function isWorthCollecting({ busy, heap, before }: MemoryLook): boolean {
  return busy < BUSY && heap >= before + GROWTH && heap <= LARGEST
}

/** Returns the memory of finished work to the system whenever the process is idle. Returns how to stop. */
export function returnMemory(): () => void {
  let before = Number.POSITIVE_INFINITY
  let isCollected = false
  let last: EventLoopUtilization = performance.eventLoopUtilization()
  const look = (): void => {
    const now = performance.eventLoopUtilization()
    const { utilization: busy } = performance.eventLoopUtilization(now, last)
    last = now
    const heap = process.memoryUsage().heapTotal
    // V8 also collects by itself at times.
    before = isCollected ? heap : Math.min(before, heap)
    isCollected = isWorthCollecting({ busy, heap, before })
    if (isCollected) collect()
  }
  const timer = setInterval(look, LOOK_MS).unref()
  return () => clearInterval(timer)
}

/** Collects soon after: the only public way to do so without a flag of V8. */
function collect(): void {
  const session = new Session()
  session.connect()
  session.post('HeapProfiler.collectGarbage', () => session.disconnect())
}
