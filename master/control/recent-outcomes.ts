import type { LogEntry } from '../store/ports.ts'

/** What the newest part of the log says about clocks and deliveries. */
export interface RecentOutcomes {
  readonly changes: readonly { readonly at: string; readonly byMs: number }[]
  /** Minions that refused an order because of the time. */
  readonly differed: readonly string[]
  /** The last result of each recipient; `problem`: it was given up. */
  readonly delivered: ReadonlyMap<string, { readonly at: string; readonly problem?: string }>
}

/** Reads clocks and deliveries from entries, oldest first. `since`: when the master started; `lately`: a day ago. Pure. */
export function recentOutcomes(
  entries: readonly Pick<LogEntry, 'at' | 'event'>[],
  { since, lately }: { readonly since: string; readonly lately: string },
): RecentOutcomes {
  const changes: { at: string; byMs: number }[] = []
  const differed = new Set<string>()
  const delivered = new Map<string, { readonly at: string; readonly problem?: string }>()
  for (const { at, event } of entries) {
    if (event.type === 'master-clock-changed' && at >= since) changes.push({ at, byMs: event.byMs })
    if (event.type === 'minion-clock-differed' && at >= lately) differed.add(event.minion)
    if (event.type === 'delivery-done') delivered.set(event.recipient, { at })
    if (event.type === 'delivery-failed') delivered.set(event.recipient, { at, problem: event.problem.message })
  }
  return { changes, differed: [...differed], delivered }
}
