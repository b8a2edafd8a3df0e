import type { StateResult } from '../../protocol/report.ts'
import type { SlowState } from './results.ts'

/**
 * Finds the states that took longest, over all minions. Keeps one entry for each state of a role, whatever the size of the
 * fleet.
 */
export function createSlowest(): {
  take(minion: string, results: readonly StateResult[]): void
  most(count: number): readonly SlowState[]
} {
  const states = new Map<string, SlowState>()
  return {
    take(minion, results) {
      for (const { key, type, id, role, durationMs } of results) {
        const before = states.get(key)
        const minions = (before?.minions ?? 0) + 1
        if (before !== undefined && before.durationMs >= durationMs) states.set(key, { ...before, minions })
        else states.set(key, { key, type, id, role, durationMs, minion, minions })
      }
    },
    most(count) {
      return [...states.values()].sort((a, b) => b.durationMs - a.durationMs).slice(0, count)
    },
  }
}
