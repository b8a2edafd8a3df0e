import type { ApiClient } from '../../api/client.ts'
import type { NamesResult } from '../../verbs/names.ts'

/** Names of the fleet that words can be completed with. */
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

/** Asks the master; one that does not answer costs the names only. Never throws. */
export async function fetchFacts(client: ApiClient): Promise<FleetFacts> {
  return await client.call('names', {}).catch(() => NO_FACTS)
}

/** The same facts for so many milliseconds: a tab is often pressed twice. */
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
