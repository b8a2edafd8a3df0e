import type { ApiClient } from '../../api/client.ts'
import type { NamesResult } from '../../verbs/names.ts'

/** Names of the fleet, for completion. */
export type FleetFacts = NamesResult

export const NO_FACTS: FleetFacts = {
  minions: [],
  roles: [],
  usedRoles: [],
  levels: [],
  groups: [],
  systems: [],
  jobs: [],
  pending: [],
  tokens: [],
  sessions: [],
  schedules: [],
}

/** Fetches names from the master; if it does not answer, returns none. Never throws. */
export async function fetchFacts(client: ApiClient): Promise<FleetFacts> {
  return await client.call('names', {}).catch(() => NO_FACTS)
}

/** Caches the facts for `keepMs` milliseconds, because tab is often pressed twice. */
export function keptFacts(
  fetch: () => Promise<FleetFacts>,
  now: () => number,
  keepMs: number,
): () => Promise<FleetFacts> {
  let kept: { readonly at: number; readonly facts: Promise<FleetFacts> } | undefined
  return () => {
    if (kept === undefined || now() - kept.at >= keepMs) kept = { at: now(), facts: fetch() }
    return kept.facts
  }
}
