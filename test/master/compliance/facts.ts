import type { ComplianceFacts, MinionFacts } from '../../../master/compliance/facts.ts'
import { type Catalog, type CatalogState, sha256Of } from '../../../protocol/catalog.ts'
import type { FleetId, JobId, MinionId, RunId, StateKey } from '../../../protocol/ids.ts'
import type { Observations } from '../../../protocol/observations.ts'
import type { StateOutcome } from '../../../protocol/outcomes.ts'
import { countOutcomes, type Report, type StateResult } from '../../../protocol/report.ts'

/** The time of the evaluation. */
export const NOW = '2026-11-21T08:00:00.000Z'
const APPLIED = '2026-11-20T22:00:00.000Z'

const NOTHING_SEEN: Observations = {
  at: NOW,
  sockets: [],
  mounts: [],
  addresses: [],
  answers: [],
  certificates: [],
}

/** `role/type/id` and its result. */
export type Line = Partial<Omit<StateResult, 'key'>> & { readonly key: string }

export function state(key: string, changes: Partial<CatalogState> = {}): CatalogState {
  const [role = '', type = '', ...id] = key.split('/')
  const name = id.join('/')
  return {
    key: key as StateKey,
    type,
    id: name,
    name,
    role,
    declaredAt: [{ file: `roles/${role}/states.yml`, line: 3, column: 1 }],
    params: { name },
    requisites: {},
    guards: {},
    ...changes,
  }
}

export function catalog(minion: string, states: readonly CatalogState[], changes: Partial<Catalog> = {}): Catalog {
  return {
    format: 1,
    fleet: 'fleet-1' as FleetId,
    minion: minion as MinionId,
    level: 'production',
    roles: [...new Set(states.map(({ role }) => role))],
    revision: sha256Of('fleet'),
    states,
    slots: [],
    blobs: [],
    stateTypes: {},
    ...changes,
  }
}

export function result(line: Line, outcome: StateOutcome): StateResult {
  const { role, type, id, name, declaredAt } = state(line.key)
  return {
    type,
    id,
    name,
    role,
    declaredAt,
    outcome,
    actions: [],
    startedAt: NOW,
    durationMs: 4,
    ...line,
    key: line.key as StateKey,
  }
}

function report(minion: string, test: boolean, results: readonly StateResult[], changes: Partial<Report> = {}): Report {
  return {
    format: 1,
    run: `run-${minion}` as RunId,
    job: 'job-1' as JobId,
    minion: minion as MinionId,
    test,
    origin: 'order',
    catalog: sha256Of(minion),
    generation: 1,
    bootId: 'boot',
    startedAt: test ? NOW : APPLIED,
    finishedAt: test ? NOW : APPLIED,
    durationMs: 100,
    state: results.some(({ outcome }) => outcome === 'failed') ? 'failed' : 'done',
    counts: countOutcomes(results),
    results,
    owed: [],
    ...changes,
  }
}

/** What a test run found about states that are not compliant; every other state of the catalog is `unchanged`. */
export interface Found {
  readonly wrong?: readonly StateResult[]
  readonly catalog?: Catalog
  /** The catalog of the last apply; absent: the same. */
  readonly applied?: Catalog
  readonly checks?: Report['checks']
  readonly observed?: Partial<Observations>
}

/** A minion that was applied successfully, with what a later test run found. */
export function minion(id: string, found: Found, changes: Partial<MinionFacts> = {}): MinionFacts {
  const wanted = found.catalog ?? catalog(id, [state('base/file.managed//etc/motd')])
  const { wrong = [], applied = wanted, checks, observed } = found
  const results = wanted.states.map(({ key }) => wrong.find(one => one.key === key) ?? result({ key }, 'unchanged'))
  const tested = report(id, true, results, {
    ...(checks === undefined ? {} : { checks }),
    ...(observed === undefined ? {} : { observed: { ...NOTHING_SEEN, ...observed } }),
  })
  const before = report(
    id,
    false,
    applied.states.map(({ key }) => result({ key }, 'unchanged')),
  )
  return {
    minion: id,
    level: 'production',
    roles: wanted.roles,
    connected: true,
    lastSeenAt: NOW,
    compiled: wanted,
    problems: [],
    test: { run: tested.run, state: tested.state, queuedAt: NOW, catalog: wanted, report: tested },
    applied: { run: `run-apply-${id}`, at: APPLIED, report: before, catalog: applied, git: 'abc1234567890' },
    history: [{ run: tested.run, at: NOW, wrong: new Set(wrong.map(({ key }) => key)) }],
    ...changes,
  }
}

export function facts(minions: readonly MinionFacts[], changes: Partial<ComplianceFacts> = {}): ComplianceFacts {
  return {
    id: 'compliance-01',
    at: NOW,
    target: '*',
    operator: 'root',
    cached: false,
    job: 'job-1',
    fleet: { id: 'fleet-1', name: 'shop', revision: sha256Of('fleet'), git: 'def4567890123', dirty: false },
    problems: [],
    minions,
    contracts: [],
    trend: [],
    ...changes,
  }
}
