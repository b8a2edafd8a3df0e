import type { ApiClient } from '../../api/client.ts'

/** Names of the fleet that words can be completed with. */
export interface FleetFacts {
  readonly minions: readonly string[]
  readonly roles: readonly string[]
  readonly levels: readonly string[]
  readonly systems: readonly string[]
  /** Newest first. */
  readonly jobs: readonly string[]
  /** Minions whose key waits. */
  readonly pending: readonly string[]
  readonly tokens: readonly string[]
}

export const NO_FACTS: FleetFacts = {
  minions: [],
  roles: [],
  levels: [],
  systems: [],
  jobs: [],
  pending: [],
  tokens: [],
}

/** Asks the master; what it refuses to this operator, or cannot answer, is left empty. Never throws. */
export async function fetchFacts(client: ApiClient): Promise<FleetFacts> {
  const [minions, roles, jobs, keys, tokens] = await Promise.all([
    client.call('minions', {}).then(
      answer => answer.minions,
      () => [],
    ),
    client.call('roles', {}).then(
      answer => answer.roles,
      () => [],
    ),
    client.call('jobs', { limit: 20 }).then(
      answer => answer.jobs,
      () => [],
    ),
    client.call('keys', {}).then(
      answer => answer.keys,
      () => [],
    ),
    client.call('tokens', {}).then(
      answer => answer.tokens,
      () => [],
    ),
  ])
  return {
    minions: minions.map(({ minion }) => minion),
    roles: unique([...roles.map(({ role }) => role), ...minions.flatMap(row => row.roles)]),
    levels: unique(minions.flatMap(({ level }) => level ?? [])),
    systems: unique(minions.flatMap(({ os }) => os ?? [])),
    jobs: jobs.map(({ job }) => job),
    pending: unique(keys.filter(({ state }) => state === 'pending').map(({ minion }) => minion)),
    tokens: tokens.map(({ token }) => token),
  }
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

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort()
}
