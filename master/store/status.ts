import type { RunState } from '../../protocol/report.ts'
import type { Db } from './database.ts'

/** Counts of the store, for `master status`. */
export interface StatusSummary {
  readonly minions: { readonly known: number; readonly connected: number }
  readonly keys: { readonly [state: string]: number }
  readonly jobs: number
  /** All runs by state; absent means none. */
  readonly runs: { readonly [state in RunState]?: number }
  readonly events: number
}

export function statusSummary(db: Db): StatusSummary {
  const count = (sql: string): number => db.one<{ n: number }>(sql)?.n ?? 0
  const grouped = (table: 'keys' | 'runs'): { readonly [state: string]: number } => {
    const rows = db.all<{ state: string; n: number }>(`SELECT state, count(*) AS n FROM ${table} GROUP BY state`)
    return Object.fromEntries(rows.map(({ state, n }) => [state, n]))
  }
  return {
    minions: {
      known: count('SELECT count(*) AS n FROM minions'),
      connected: count('SELECT count(*) AS n FROM minions WHERE connected = 1'),
    },
    keys: grouped('keys'),
    jobs: count('SELECT count(*) AS n FROM jobs'),
    runs: grouped('runs'),
    events: count('SELECT coalesce(max(seq), 0) AS n FROM log'),
  }
}
