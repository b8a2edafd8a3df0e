import { z } from 'zod'
import type { ErrorCode, Problem } from '../../protocol/errors.ts'
import type { Report, RunState } from '../../protocol/report.ts'
import type { Caller } from '../access/caller.ts'
import { textHider } from '../access/hide-minions.ts'
import { knownMinions } from '../access/known-minions.ts'
import type { ControlContext } from '../context.ts'
import { type FleetMinion, takeSnapshot } from '../control/snapshot.ts'
import { withheldSeen } from '../control/withheld.ts'
import type { Withheld } from '../control/withheld-text.ts'
import { keyWaits } from '../keys/key-store.ts'
import { refusedIn } from './address.ts'
import { defineVerb } from './define.ts'
import { takenIds } from './keys.ts'

/** The result of `overview`: only what the caller may see. */
export interface OverviewResult {
  readonly fleet: string
  readonly master: string
  readonly version: string
  /** The caller, as the master knows them. */
  readonly operator: string
  /** Levels that have minions, in the order of fleet.yml. */
  readonly levels: readonly { readonly level: string; readonly minions: number; readonly online: number }[]
  readonly minions: { readonly accepted: number; readonly connected: number }
  readonly offline: readonly { readonly minion: string; readonly since?: string }[]
  /** Keys that wait for a decision; absent when the caller may not see keys. */
  readonly pending?: readonly WaitingKey[]
  /** Minions that connected from an address of another minion and have none; absent when the caller may not see addresses. */
  readonly refusedAddresses?: readonly { readonly minion: string; readonly address: string; readonly holder: string }[]
  /**
   * Minions that joined with a token for more ids than their entries of inventory.yml cover; absent when the caller may not see
   * keys.
   */
  readonly withheld?: readonly (Withheld & { readonly minion: string })[]
  /** Minions that sent more reports of runs without an order than a day allows; absent when the caller may not see reports. */
  readonly overQuota?: readonly { readonly minion: string; readonly since: string }[]
  /** Number of minions whose last run failed, and the newest of those runs; absent when the caller may not see reports. */
  readonly failed?: number
  readonly failures?: readonly LastFailure[]
}

export interface WaitingKey {
  readonly minion: string
  readonly fingerprint: string
  /** Another key is accepted for its id. */
  readonly idTaken?: boolean
  /** When two hosts used the key: neither is admitted until it is accepted again. */
  readonly usedTwiceAt?: string
}

export interface LastFailure {
  readonly minion: string
  readonly run: string
  readonly job: string
  readonly verb: string
  readonly state: RunState
  readonly at: string
  /** The reason, as far as its report shows it. */
  readonly code?: ErrorCode
  readonly message?: string
}

/**
 * Shows the state of the fleet at a glance. What the caller may not see is omitted instead of denied, because every operator is
 * shown this on entry.
 */
const overviewVerb = defineVerb({
  name: 'overview',
  input: z.strictObject({}),
  right: { on: 'public', kind: 'read' },
  async run(context, _input, { caller }): Promise<OverviewResult> {
    const { facts, links, keyStore } = context
    const { fleet, minions } = await takeSnapshot(context)
    const { rights, operator } = caller
    const seen = knownMinions(rights, minions)
    const online = seen.filter(({ id }) => links.isOnline(id))
    const levels = fleet.levels.flatMap(level => {
      const of = (some: readonly FleetMinion[]): number => some.filter(one => one.assignment.level === level).length
      return of(seen) === 0 ? [] : [{ level, minions: of(seen), online: of(online) }]
    })
    const offline = seen.flatMap(({ id, known }) => {
      if (links.isOnline(id)) return []
      return [{ minion: id, ...(known?.lastSeenAt === undefined ? {} : { since: known.lastSeenAt }) }]
    })
    const keys = keyStore.list()
    const waiting = keys.filter(keyWaits)
    const taken = new Set(takenIds(keys))
    return {
      fleet: fleet.name,
      master: facts.name,
      version: facts.version,
      operator,
      levels,
      minions: { accepted: seen.length, connected: online.length },
      offline,
      ...(rights.allows('keys')
        ? {
            pending: waiting.map(({ minion, fingerprint, state, cloneAlarmAt }) => ({
              minion,
              fingerprint,
              ...(cloneAlarmAt === undefined ? {} : { usedTwiceAt: cloneAlarmAt }),
              ...(state === 'pending' && taken.has(minion) ? { idTaken: true } : {}),
            })),
          }
        : {}),
      ...(rights.allows('keys') ? withheldAmong(seen, textHider(rights, minions)) : {}),
      ...(rights.allows('address-list')
        ? {
            refusedAddresses: refusedIn(minions, context.store).map(({ minion, address, holder }) => {
              return { minion, address, holder }
            }),
          }
        : {}),
      ...(rights.allows('report') ? { ...failuresOf(context, caller, seen), ...quotasOf(context, caller, seen) } : {}),
    }
  },
})

export const overviewVerbs = [overviewVerb] as const

/** Returns the member of the overview; absent when there are none. */
function withheldAmong(seen: readonly FleetMinion[], hide: (text: string) => string): Pick<OverviewResult, 'withheld'> {
  const withheld = seen.flatMap(one => {
    const entries = withheldSeen(one, hide)
    return entries === undefined ? [] : [{ minion: one.id, ...entries }]
  })
  return withheld.length === 0 ? {} : { withheld }
}

/** Returns the member of the overview; absent when there are none. */
function quotasOf(
  { reportIntake }: ControlContext,
  { rights }: Caller,
  seen: readonly FleetMinion[],
): Pick<OverviewResult, 'overQuota'> {
  const mine = new Set<string>(seen.filter(({ view }) => rights.allowsOn('report', view)).map(({ id }) => id))
  const overQuota = (reportIntake?.overQuota() ?? []).filter(({ minion }) => mine.has(minion))
  return overQuota.length === 0 ? {} : { overQuota }
}

const MOST_FAILURES = 10

/** Counts minions whose last run failed, and returns the newest of these runs. */
export function failuresOf(
  { store }: ControlContext,
  { rights }: Caller,
  seen: readonly FleetMinion[],
): Required<Pick<OverviewResult, 'failed' | 'failures'>> {
  const failed = seen
    .filter(({ view }) => rights.allowsOn('report', view))
    .flatMap(({ id, known }) => (known?.lastRun === undefined ? [] : [{ minion: id, last: known.lastRun }]))
    .filter(({ last }) => last.state === 'failed' || last.state === 'expired')
    .sort((a, b) => (a.last.finishedAt < b.last.finishedAt ? 1 : -1))
  const failures = failed.slice(0, MOST_FAILURES).flatMap(({ minion, last }): readonly LastFailure[] => {
    const run = store.runs.get(last.id)
    if (run === undefined) return []
    const { job, problem } = run
    const verb = store.jobs.head(job)?.verb ?? 'apply'
    const why = problem ?? reasonOf(store.reports.get(run.id))
    const reason = why === undefined ? {} : { code: why.code, message: why.message }
    return [{ minion, run: run.id, job, verb, state: last.state, at: last.finishedAt, ...reason }]
  })
  return { failed: failed.length, failures }
}

/** Prefers the first failed state, which says more than the run as a whole. */
function reasonOf(report: Report | undefined): Pick<Problem, 'code' | 'message'> | undefined {
  const state = report?.results.find(({ outcome }) => outcome === 'failed')
  if (state?.problem === undefined) return report?.problem
  return { code: state.problem.code, message: `${state.type} ${state.id}: ${state.problem.message}` }
}
