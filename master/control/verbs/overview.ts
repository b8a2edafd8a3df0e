import type { Caller } from '../caller.ts'
import type { ControlContext } from '../context.ts'
import type { Verb } from '../dispatch.ts'
import type { LastFailure, OverviewResult } from '../overview-answers.ts'
import { type FleetMinion, takeSnapshot } from '../snapshot.ts'

/** How the fleet is, at a glance. What the caller may not see is left out and is no refusal: it greets everybody. */
export function overviewVerb(context: ControlContext): Verb<'overview'> {
  return async (_input, _emit, _signal, caller): Promise<OverviewResult> => {
    const { facts, sessions, keyStore } = context
    const { fleet, minions } = await takeSnapshot(context)
    const { rights, operator } = caller
    const seen = minions.filter(({ known, view }) => known !== undefined && rights.allowsOn('minions', view))
    const here = seen.filter(({ id }) => sessions.isHere(id))
    const levels = fleet.levels.flatMap(level => {
      const of = (some: readonly FleetMinion[]): number => some.filter(one => one.assignment.level === level).length
      return of(seen) === 0 ? [] : [{ level, minions: of(seen), here: of(here) }]
    })
    const away = seen.flatMap(({ id, known }) => {
      if (sessions.isHere(id)) return []
      return [{ minion: id, ...(known?.lastSeenAt === undefined ? {} : { since: known.lastSeenAt }) }]
    })
    const pending = keyStore.list().filter(({ state }) => state === 'pending')
    return {
      fleet: fleet.name,
      master: facts.name,
      version: facts.version,
      operator,
      levels,
      minions: { accepted: seen.length, connected: here.length },
      away,
      ...(rights.allows('keys')
        ? { pending: pending.map(({ minion, fingerprint }) => ({ minion, fingerprint })) }
        : {}),
      ...(rights.allows('report') ? { failures: failuresOf(context, caller, seen) } : {}),
    }
  }
}

function failuresOf(
  { store }: ControlContext,
  { rights }: Caller,
  seen: readonly FleetMinion[],
): readonly LastFailure[] {
  return seen
    .filter(({ view }) => rights.allowsOn('report', view))
    .flatMap(({ id, known }): readonly LastFailure[] => {
      const last = known?.lastRun
      if (last === undefined || (last.state !== 'failed' && last.state !== 'expired')) return []
      const run = store.runs.get(last.id)
      if (run === undefined) return []
      const problem = run.problem ?? store.reports.get(run.id)?.problem
      return [
        {
          minion: id,
          run: run.id,
          job: run.job,
          verb: store.jobs.get(run.job)?.verb ?? 'apply',
          state: last.state,
          at: last.finishedAt,
          ...(problem === undefined ? {} : { code: problem.code, message: problem.message }),
        },
      ]
    })
    .sort((a, b) => (a.at < b.at ? 1 : -1))
}
