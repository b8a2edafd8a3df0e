import type { JobVerb } from '../../store/events.ts'
import type { ApplyResult, AwayMinion } from '../answers.ts'
import { AWAY_PATIENCE_MS, awaitJob } from '../await-job.ts'
import { compileAll } from '../compile-minions.ts'
import type { ControlContext } from '../context.ts'
import type { Verb } from '../dispatch.ts'
import { orderJob } from '../order.ts'
import { pickMinions } from '../pick.ts'
import { outcomesOf } from '../run-views.ts'
import type { FleetMinion, FleetSnapshot } from '../snapshot.ts'

/** Without `--wait` an order that could not be brought is good for this long. */
const ORDER_LIFETIME_MS = 3_600_000

/** `apply` and `test`: everything is compiled and stored before anything is sent. */
export function applyVerb(context: ControlContext, verb: JobVerb): Verb<'apply'> & Verb<'test'> {
  return async ({ target, waitMs, splayMs }, emit, signal, caller): Promise<ApplyResult> => {
    const { snapshot, minions: picked } = await pickMinions(context, caller, verb, target)
    const compiled = await compileAll(context, snapshot, picked)
    const away = picked.filter(({ id }) => !context.sessions.isHere(id)).map(minion => awayOf(minion, waitMs > 0))
    const left = new Set(waitMs > 0 ? [] : away.map(({ minion }) => minion))
    const job = orderJob(
      context,
      snapshot,
      {
        verb,
        origin: 'order',
        target,
        operator: caller.operator,
        options: {
          waitMs,
          ...(splayMs === 0 ? {} : { splayMs }),
          ...(caller.firing === undefined ? {} : { firing: caller.firing }),
        },
        expiresAt: new Date(context.now() + splayMs + (waitMs > 0 ? waitMs : ORDER_LIFETIME_MS)).toISOString(),
        splayMs,
      },
      compiled.filter(({ minion }) => !left.has(minion.id)),
    )
    emit({ type: 'job', job, verb, minions: picked.map(({ id }) => id).filter(id => !left.has(id)), away })
    context.conductor.deliverJob(job)
    await awaitJob(context, job, emit, { signal, patienceMs: waitMs > 0 ? waitMs : AWAY_PATIENCE_MS })
    const { fleet, git } = snapshot
    return {
      job,
      verb,
      revision: fleet.revision,
      ...(git === undefined ? {} : { git: git.revision, dirty: git.dirty }),
      runs: outcomesOf(context.store, job),
      away: away.filter(({ waiting }) => !waiting),
      ...contractOnlyOf(snapshot, picked),
    }
  }
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
