import type { Problem } from '../../protocol/errors.ts'
import type { Caller } from '../access/caller.ts'
import { hidingMinions, problemHider } from '../access/hide-minions.ts'
import { pickMinions } from '../access/pick.ts'
import type { ControlContext } from '../context.ts'
import { compileAll } from '../control/compile-minions.ts'
import type { FleetMinion, FleetSnapshot } from '../control/snapshot.ts'
import { withheldProblem } from '../control/withheld.ts'
import type { JobVerb } from '../store/log/events.ts'
import { targetLabel } from '../target/label.ts'
import { allRounds, type RoundsWish } from './all-rounds.ts'
import { AWAY_PATIENCE_MS, awaitJob } from './await-job.ts'
import { orderJob, prepareRuns } from './order.ts'
import type { ApplyEvent, ApplyResult, LeftOutMinion, OfflineMinion } from './results.ts'
import { firstRound, furtherRounds } from './rounds.ts'

/** Without `--wait` an order that could not be brought is good for this long. */
const ORDER_LIFETIME_MS = 3_600_000

/** What an apply or a test is asked for. */
export interface ApplyWish extends RoundsWish {
  readonly target: string
  readonly waitMs: number
  readonly splayMs: number
  /** One minion that cannot be compiled or sealed stops the job. */
  readonly strict: boolean
}

interface ApplyAsked {
  readonly verb: JobVerb
  readonly emit: (event: ApplyEvent) => void
  readonly signal: AbortSignal
  readonly caller: Caller
}

/**
 * `apply` and `test`: everything is compiled and stored before anything is sent. A minion that cannot be compiled or sealed
 * is left out and reported; with `strict` it stops the job.
 */
export async function applyMinions(
  context: ControlContext,
  { target, waitMs, splayMs, strict, ...wanted }: ApplyWish,
  { verb, emit, signal, caller }: ApplyAsked,
): Promise<ApplyResult> {
  const { snapshot, minions: picked } = await pickMinions(context, caller, verb, target)
  const hide = problemHider(caller.rights, snapshot.minions)
  const exportsVersion = context.store.minions.exportsVersion()
  const whole = await hidingMinions(hide, () => compileAll(context, snapshot, picked, strict))
  const offline = picked.filter(({ id }) => !context.links.isHere(id)).map(minion => awayOf(minion, waitMs > 0))
  const left = new Set(waitMs > 0 ? [] : offline.map(({ minion }) => minion))
  const online = picked.filter(({ id }) => !left.has(id))
  const first = verb === 'test' ? whole : { ...whole, compiled: firstRound(whole.compiled, online) }
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
      target: targetLabel(target),
      operator: caller.operator,
      git,
      options: {
        waitMs,
        ...(splayMs === 0 ? {} : { splayMs }),
        ...(caller.scheduledRun === undefined ? {} : { firing: caller.scheduledRun }),
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
  const warnings = withheldFrom(picked, leftOut, hide)
  const without = new Set(leftOut.map(({ minion }) => minion))
  const ordered = online.flatMap(({ id }) => (without.has(id) ? [] : [id]))
  emit({ type: 'job', job, verb, minions: ordered, offline, ...(leftOut.length === 0 ? {} : { leftOut }), ...warnings })
  context.dispatcher.delivery.deliverJob(job)
  const patience = { signal, patienceMs: waitMs > 0 ? waitMs : AWAY_PATIENCE_MS }
  await awaitJob(context, job, emit, patience)
  const waiting =
    verb === 'test'
      ? first.waiting
      : await furtherRounds(
          context,
          {
            job,
            snapshot,
            minions: online,
            first: { ...first, broken: [...first.broken, ...unsealed] },
            exportsVersion,
            ...patience,
          },
          emit,
        )
  const { fleet } = snapshot
  return {
    job,
    verb,
    revision: fleet.revision,
    ...(git === undefined ? {} : { git: git.revision, dirty: git.dirty }),
    ...(await allRounds(context.store, job, wanted)),
    ...(waiting.length === 0
      ? {}
      : { waiting: waiting.map(({ minion, problems }) => ({ minion: minion.id, problems: hide(problems) })) }),
    ...(leftOut.length === 0 ? {} : { leftOut }),
    offline: offline.filter(({ waiting }) => !waiting),
    ...contractOnlyOf(snapshot, picked),
    ...warnings,
  }
}

/** What was not applied because there is nothing yet: said, so that nobody takes it for done. Pure. */
function contractOnlyOf({ library }: FleetSnapshot, picked: readonly FleetMinion[]): Pick<ApplyResult, 'contractOnly'> {
  const roles = [...library.roles.values()].filter(({ draft }) => draft)
  const held = roles.flatMap(({ name: role }) => {
    const minions = picked.filter(one => one.roles.includes(role)).map(({ id }) => id)
    return minions.length === 0 ? [] : [{ role, minions }]
  })
  return held.length === 0 ? {} : { contractOnly: held }
}

/** Of minions that chose their id: what they do not get. Who was left out for it has been told. Pure. */
function withheldFrom(
  picked: readonly FleetMinion[],
  leftOut: readonly LeftOutMinion[],
  hide: (problems: readonly Problem[]) => readonly Problem[],
): Pick<ApplyResult, 'warnings'> {
  const told = new Set(
    leftOut.flatMap(one => one.problems.filter(({ code }) => code === 'ENTRY_WITHHELD').map(() => one.minion)),
  )
  const warnings = picked.flatMap(minion => (told.has(minion.id) ? [] : (withheldProblem(minion) ?? [])))
  return warnings.length === 0 ? {} : { warnings: hide(warnings) }
}

function awayOf({ id, known }: FleetMinion, waiting: boolean): OfflineMinion {
  return { minion: id, ...(known?.lastSeenAt === undefined ? {} : { since: known.lastSeenAt }), waiting }
}
