import { counted } from '../../protocol/amounts.ts'
import type { Catalog } from '../../protocol/catalog.ts'
import { isFailure, type StateResult } from '../../protocol/report.ts'
import { type Difference, differences } from './definitions.ts'
import type { AppliedFacts, MinionFacts } from './facts.ts'
import type { Cause, Finding, MinionJudgement, StateChange } from './report.ts'
import { wrongSince } from './since.ts'

/** What a test run says about the states of one minion. */
export interface JudgedStates {
  readonly findings: readonly Finding[]
  readonly right: readonly string[]
  readonly follows: MinionJudgement['follows']
}

/** Finds the noncompliant states and their causes, from the report of a test run and the last applied catalog. Pure. */
export function judgeStates(facts: MinionFacts): JudgedStates {
  const { test, applied } = facts
  const results = test?.report?.results ?? []
  const wanted = facts.compiled ?? test?.catalog
  const edited = applied?.catalog === undefined || wanted === undefined ? [] : differences(applied.catalog, wanted)
  const pending = edited.length === 0 ? edited : [...edited, ...takenAway(results, wanted)]
  const waiting = new Set(pending.map(({ key }) => key))
  const findings: Finding[] = []
  const right: string[] = []
  const follows: MinionJudgement['follows'][number][] = []
  for (const result of results) {
    const { key, outcome } = result
    const reason = test === undefined ? undefined : followsFrom(result, results, test.catalog)
    if (outcome === 'unchanged' || outcome === 'skipped') right.push(key)
    else if (reason !== undefined) follows.push({ key, note: reason })
    else if (isFailure(outcome)) findings.push(failedState(facts, result))
    else if (outcome === 'would-change' && applied !== undefined && !waiting.has(key)) {
      findings.push(driftedState(facts, result, applied))
    }
  }
  const waits = pendingCatalog(facts, results, pending)
  return { findings: waits === undefined ? findings : [...findings, waits], right, follows }
}

/** Lists what a run would remove because no role declares it any more: states that are not in the current catalog. */
function takenAway(results: readonly StateResult[], wanted: Catalog | undefined): readonly Difference[] {
  const known = new Set(wanted?.states.map(({ key }) => key))
  return results
    .filter(({ key, outcome }) => outcome === 'would-change' && wanted !== undefined && !known.has(key))
    .map(({ key }) => ({ key, change: 'removed' }))
}

/** Explains why a state is not evaluated by itself; undefined when it is. */
function followsFrom(
  { key, type, outcome, follows, note }: StateResult,
  results: readonly StateResult[],
  catalog: Catalog | undefined,
): string | undefined {
  if (outcome === 'may-change') return note ?? 'unknown until its dependencies exist'
  if (outcome === 'blocked') return note ?? 'a state that it needs failed'
  if (outcome === 'not-run') return note ?? 'the run ended before it'
  if (outcome !== 'would-change') return undefined
  if (follows === true) return note ?? 'because of what it watches'
  const state = catalog?.states.find(candidate => candidate.key === key)
  const causes = (state?.requisites.onchanges ?? []).filter(cause =>
    results.some(result => result.key === cause && result.outcome === 'would-change'),
  )
  if (causes.length > 0) return `because of ${causes.join(', ')}`
  const guarded = state === undefined || Object.keys(state.guards).length > 0
  if (type !== 'cmd.run' || guarded) return undefined
  return 'runs at every apply, so it cannot be judged: give it `creates`, `unless` or `onlyif`'
}

function driftedState(facts: MinionFacts, result: StateResult, applied: AppliedFacts): Finding {
  const before = applied.report.results.find(({ key }) => key === result.key)?.outcome
  const wasRight = before === 'unchanged' || before === 'changed' || before === 'skipped'
  const known = applied.catalog !== undefined
  const cause: Cause = wasRight ? 'by-hand' : 'left-undone'
  const why = wasRight
    ? `it was compliant after the apply of ${moment(applied.at)}${known ? ', and the catalog is still the same' : ''}`
    : `the apply of ${moment(applied.at)} did not fix it (${before ?? 'not among its states'})`
  return {
    ...stateFinding(facts, result, 'drifted'),
    title: `${result.type} ${result.id}`,
    cause,
    why,
    next: `master apply ${facts.minion}`,
  }
}

function failedState(facts: MinionFacts, result: StateResult): Finding {
  const { problem, note, outcome } = result
  return {
    ...stateFinding(facts, result, 'failed'),
    title: `${result.type} ${result.id}`,
    detail: problem?.message ?? note ?? outcome,
    ...(problem?.hint === undefined ? {} : { why: problem.hint }),
    next: `master report ${facts.test?.run ?? facts.minion}`,
  }
}

function stateFinding(
  facts: MinionFacts,
  { key, role, actions, diff, declaredAt }: StateResult,
  status: Finding['status'],
): Omit<Finding, 'title'> {
  const since = wrongSince(facts.history, key)
  const [source] = declaredAt
  return {
    id: `${facts.minion}/state/${key}`,
    status,
    kind: 'state',
    level: facts.level ?? '',
    role,
    minion: facts.minion,
    subject: key,
    ...(since === undefined ? {} : { since }),
    actions: actions.map(({ summary }) => summary),
    ...(diff === undefined ? {} : { diff }),
    states: [],
    isNew: false,
    ...(source === undefined ? {} : { source }),
  }
}

/** Creates one finding for a catalog that has not been applied yet, with the states it affects. */
function pendingCatalog(
  facts: MinionFacts,
  results: readonly StateResult[],
  edited: readonly Difference[],
): Finding | undefined {
  const { minion, applied, test } = facts
  const base = {
    id: `${minion}/catalog`,
    status: 'outdated',
    kind: 'catalog',
    level: facts.level ?? '',
    minion,
    subject: 'catalog',
    actions: [],
    isNew: false,
    next: `master apply ${minion}`,
  } as const
  if (applied === undefined) {
    if (test?.report === undefined) return undefined
    const states = results
      .filter(({ outcome }) => outcome === 'would-change' || outcome === 'may-change')
      .map(({ key }) => change({ key, change: 'added' }, results))
    const title = `never applied, ${counted(states.length, 'state')} would change`
    return { ...base, title, cause: 'never-applied', why: 'no apply of this minion has reported yet', states }
  }
  if (edited.length === 0) return undefined
  const states = edited.map(difference => change(difference, results))
  return {
    ...base,
    title: `${counted(states.length, 'state')} edited and not applied yet`,
    cause: 'fleet-changed',
    why: `the fleet's files, or what they read, changed after the apply of ${moment(applied.at)}${applied.git === undefined ? '' : ` (git ${applied.git.slice(0, 12)})`}`,
    states,
  }
}

function change({ key, change: kind }: Difference, results: readonly StateResult[]): StateChange {
  const result = results.find(candidate => candidate.key === key)
  const { diff, actions = [] } = result ?? {}
  return {
    key,
    change: kind,
    actions: actions.map(({ summary }) => summary),
    ...(diff === undefined ? {} : { diff }),
  }
}

/** Formats an ISO time as `2026-11-21 07:10`. Pure. */
export function moment(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 16)}` : iso
}
