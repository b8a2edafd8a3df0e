import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

/**
 * Preloaded into a program with `--import`: at each SIGUSR2 it writes the delay of the event loop since the last one, in
 * milliseconds, to the file named by SALTERN_LOOP_PROBE.
 */
const RESOLUTION_MS = 10
const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
histogram.enable()
process.on('SIGUSR2', () => {
  const path = process.env['SALTERN_LOOP_PROBE']
  const ms = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)
  const delay = { max: ms(histogram.max), p99: ms(histogram.percentile(99)), mean: ms(histogram.mean) }
  histogram.reset()
  if (path !== undefined) writeFileSync(path, JSON.stringify(delay))
})
