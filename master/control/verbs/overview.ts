import type { Problem } from '../../../protocol/errors.ts'
import type { Report } from '../../../protocol/report.ts'
import { keyWaits } from '../../keys/key-store.ts'
import type { LastFailure, OverviewResult } from '../answers/overview-answers.ts'
import type { ControlContext } from '../context.ts'
import type { Verb } from '../dispatch.ts'
import type { Caller } from '../rights/caller.ts'
import { textHider } from '../rights/hide-minions.ts'
import { knownMinions } from '../rights/known-minions.ts'
import { type FleetMinion, takeSnapshot } from '../snapshot.ts'
import { withheldSeen } from '../withheld.ts'
import { refusedIn } from './address.ts'
import { takenIds } from './keys.ts'

/** How the fleet is, at a glance. What the caller may not see is left out and is no refusal: it greets everybody. */
export function overviewVerb(context: ControlContext): Verb<'overview'> {
  return async (_input, _emit, _signal, caller): Promise<OverviewResult> => {
    const { facts, links, keyStore } = context
    const { fleet, minions } = await takeSnapshot(context)
    const { rights, operator } = caller
    const seen = knownMinions(rights, minions)
    const here = seen.filter(({ id }) => links.isHere(id))
    const levels = fleet.levels.flatMap(level => {
      const of = (some: readonly FleetMinion[]): number => some.filter(one => one.assignment.level === level).length
      return of(seen) === 0 ? [] : [{ level, minions: of(seen), here: of(here) }]
    })
    const away = seen.flatMap(({ id, known }) => {
      if (links.isHere(id)) return []
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
      minions: { accepted: seen.length, connected: here.length },
      away,
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
  }
}

/** Absent: nobody. */
function withheldAmong(seen: readonly FleetMinion[], hide: (text: string) => string): Pick<OverviewResult, 'withheld'> {
  const withheld = seen.flatMap(one => {
    const entries = withheldSeen(one, hide)
    return entries === undefined ? [] : [{ minion: one.id, ...entries }]
  })
  return withheld.length === 0 ? {} : { withheld }
}

/** Absent: nobody. */
function quotasOf(
  { reportGate }: ControlContext,
  { rights }: Caller,
  seen: readonly FleetMinion[],
): Pick<OverviewResult, 'overQuota'> {
  const mine = new Set<string>(seen.filter(({ view }) => rights.allowsOn('report', view)).map(({ id }) => id))
  const overQuota = (reportGate?.overQuota() ?? []).filter(({ minion }) => mine.has(minion))
  return overQuota.length === 0 ? {} : { overQuota }
}

const MOST_FAILURES = 10

function failuresOf(
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

/** The first state that failed says more than the run as a whole. */
function reasonOf(report: Report | undefined): Pick<Problem, 'code' | 'message'> | undefined {
  const state = report?.results.find(({ outcome }) => outcome === 'failed')
  if (state?.problem === undefined) return report?.problem
  return { code: state.problem.code, message: `${state.type} ${state.id}: ${state.problem.message}` }
}
