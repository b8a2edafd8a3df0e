import type { RunId } from '../../../protocol/ids.ts'
import type { JobVerb } from '../../store/events.ts'
import type { Store } from '../../store/open.ts'
import type { ApplyResult, AwayMinion, RunOutcome } from '../answers/answers.ts'
import { compileAll } from '../compile-minions.ts'
import type { ControlContext } from '../context.ts'
import type { Verb } from '../dispatch.ts'
import { AWAY_PATIENCE_MS, awaitJob } from '../job/await-job.ts'
import { orderJob, prepareRuns } from '../job/order.ts'
import { totalOf } from '../job/round-totals.ts'
import { firstRound, furtherRounds } from '../job/rounds.ts'
import { outcomesOf } from '../job/run-views.ts'
import { hidingMinions, problemHider } from '../rights/hide-minions.ts'
import { pickMinions } from '../rights/pick.ts'
import type { FleetMinion, FleetSnapshot } from '../snapshot.ts'

/** Without `--wait` an order that could not be brought is good for this long. */
const ORDER_LIFETIME_MS = 3_600_000

/**
 * `apply` and `test`: everything is compiled and stored before anything is sent. A minion that cannot be compiled or sealed
 * is left out and reported; with `strict` it stops the job.
 */
export function applyVerb(context: ControlContext, verb: JobVerb): Verb<'apply'> & Verb<'test'> {
  return async ({ target, waitMs, splayMs, strict }, emit, signal, caller): Promise<ApplyResult> => {
    const { snapshot, minions: picked } = await pickMinions(context, caller, verb, target)
    const hide = problemHider(caller.rights, snapshot.minions)
    const whole = await hidingMinions(hide, () => compileAll(context, snapshot, picked, strict))
    const away = picked.filter(({ id }) => !context.links.isHere(id)).map(minion => awayOf(minion, waitMs > 0))
    const left = new Set(waitMs > 0 ? [] : away.map(({ minion }) => minion))
    const here = picked.filter(({ id }) => !left.has(id))
    const first = verb === 'test' ? whole : { ...whole, compiled: firstRound(whole.compiled, here) }
    const git = await snapshot.git()
    const prepared = await prepareRuns(
      context,
      first.compiled.filter(({ minion }) => !left.has(minion.id)),
    )
    const { job, unsealed } = orderJob(
      context,
      snapshot,
      {
        verb,
        origin: 'order',
        target,
        operator: caller.operator,
        git,
        options: {
          waitMs,
          ...(splayMs === 0 ? {} : { splayMs }),
          ...(caller.firing === undefined ? {} : { firing: caller.firing }),
        },
        expiresAt: new Date(context.now() + splayMs + (waitMs > 0 ? waitMs : ORDER_LIFETIME_MS)).toISOString(),
        splayMs,
      },
      prepared,
      strict ? 'all' : 'one',
    )
    const leftOut = [...first.broken, ...unsealed].map(({ minion, problems }) => {
      return { minion: minion.id, problems: hide(problems) }
    })
    const without = new Set(leftOut.map(({ minion }) => minion))
    const ordered = here.flatMap(({ id }) => (without.has(id) ? [] : [id]))
    emit({ type: 'job', job, verb, minions: ordered, away, ...(leftOut.length === 0 ? {} : { leftOut }) })
    context.conductor.deliverJob(job)
    const patience = { signal, patienceMs: waitMs > 0 ? waitMs : AWAY_PATIENCE_MS }
    await awaitJob(context, job, emit, patience)
    const waiting =
      verb === 'test'
        ? first.waiting
        : await furtherRounds(
            context,
            { job, snapshot, minions: here, first: { ...first, broken: [...first.broken, ...unsealed] }, ...patience },
            emit,
          )
    const { fleet } = snapshot
    return {
      job,
      verb,
      revision: fleet.revision,
      ...(git === undefined ? {} : { git: git.revision, dirty: git.dirty }),
      ...allRounds(context.store, await outcomesOf(context.store, job)),
      ...(waiting.length === 0
        ? {}
        : { waiting: waiting.map(({ minion, problems }) => ({ minion: minion.id, problems: hide(problems) })) }),
      ...(leftOut.length === 0 ? {} : { leftOut }),
      away: away.filter(({ waiting }) => !waiting),
      ...contractOnlyOf(snapshot, picked),
    }
  }
}

/** Of a minion that was applied in several rounds: the last run, those before it, and all of them as one. */
function allRounds(store: Store, runs: readonly RunOutcome[]): Pick<ApplyResult, 'runs' | 'earlier' | 'totals'> {
  const inOrder = runs.toSorted((a, b) => a.wave - b.wave)
  const last = new Map(inOrder.map(run => [run.minion, run]))
  const { kept = [], earlier = [] } = Object.groupBy(runs, run => (last.get(run.minion) === run ? 'kept' : 'earlier'))
  if (earlier.length === 0) return { runs: kept }
  const again = new Set(earlier.map(({ minion }) => minion))
  const rounds = Map.groupBy(
    inOrder.filter(({ minion }) => again.has(minion)),
    ({ minion }) => minion,
  )
  const totals = [...rounds.values()].map(ofMinion =>
    totalOf(ofMinion.map(run => ({ run, states: store.reports.get(run.run as RunId)?.results ?? run.results }))),
  )
  return { runs: kept, earlier, totals }
}

/** What was not applied because there is nothing yet: said, so that nobody takes it for done. Pure. */
function contractOnlyOf({ library }: FleetSnapshot, picked: readonly FleetMinion[]): Pick<ApplyResult, 'contractOnly'> {
  const roles = [...library.roles.values()].filter(({ ready }) => !ready)
  const held = roles.flatMap(({ name: role }) => {
    const minions = picked.filter(one => one.roles.includes(role)).map(({ id }) => id)
    return minions.length === 0 ? [] : [{ role, minions }]
  })
  return held.length === 0 ? {} : { contractOnly: held }
}

function awayOf({ id, known }: FleetMinion, waiting: boolean): AwayMinion {
  return { minion: id, ...(known?.lastSeenAt === undefined ? {} : { since: known.lastSeenAt }), waiting }
}
