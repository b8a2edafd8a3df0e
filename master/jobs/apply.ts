import type { Problem } from '../../protocol/errors.ts'
import type { MinionId, Sha256 } from '../../protocol/ids.ts'
import type { Caller } from '../access/caller.ts'
import { hidingMinions, problemHider } from '../access/hide-minions.ts'
import { pickMinions } from '../access/pick.ts'
import type { ControlContext } from '../context.ts'
import { type BrokenMinion, type CompiledMinion, compileMinions, demandCompiled } from '../control/compile-minions.ts'
import type { GitState } from '../control/git.ts'
import type { FleetMinion, FleetSnapshot } from '../control/snapshot.ts'
import { withheldProblem } from '../control/withheld.ts'
import { withoutRoles } from '../control/without-roles.ts'
import type { JobVerb } from '../store/log/events.ts'
import { targetLabel } from '../target/label.ts'
import { allRounds, type RoundsWish } from './all-rounds.ts'
import { isAboutOrphans } from './job-kind.ts'
import { JobWatch, OFFLINE_PATIENCE_MS } from './job-watch.ts'
import { type JobWish, orderJob, type PreparedRuns, prepareRuns } from './order.ts'
import type { ApplyEvent, ApplyResult, LeftOutMinion, OfflineMinion } from './results.ts'
import { encodedOnce, firstRound, furtherRounds } from './rounds.ts'

/** Lifetime of an undelivered order without `--wait`. */
const ORDER_LIFETIME_MS = 3_600_000

/** Options of an apply or a test. */
export interface ApplyWish extends Omit<RoundsWish, 'outcomes'> {
  readonly target: string
  readonly waitMs: number
  readonly splayMs: number
  /** Stop the whole job when a minion cannot be compiled or encrypted. */
  readonly strict: boolean
  /** For a verb about orphans. */
  readonly orphans?: OrphanOptions
}

/** Options of a job about orphans. */
interface OrphanOptions {
  /** A dry run. */
  readonly test: boolean
  /** Only orphans of these state keys or resources; absent: all. */
  readonly states?: readonly string[]
}

interface ApplyAsked {
  readonly verb: JobVerb
  readonly emit: (event: ApplyEvent) => void
  readonly signal: AbortSignal
  readonly caller: Caller
}

/**
 * Runs `apply`, `test`, and what is done about orphans: compiles and stores everything before anything is sent. A minion that cannot be compiled or
 * encrypted is left out and reported; with `strict`, it stops the job.
 */
export async function applyMinions(context: ControlContext, wish: ApplyWish, asked: ApplyAsked): Promise<ApplyResult> {
  const { waitMs, strict, unchanged = false, slowest = 0 } = wish
  const { verb, emit, signal, caller } = asked
  const { store, links, dispatcher } = context
  const { snapshot, minions: picked } = await pickMinions(context, caller, verb, wish.target)
  const hide = problemHider(caller.rights, snapshot.minions)
  const exportsVersion = store.minions.exportsVersion()
  const whole = await hidingMinions(hide, async () => {
    return demandCompiled(await compileMinions(context, snapshot, picked, { issue: true }), strict)
  })
  const offline = picked.filter(({ id }) => !links.isOnline(id)).map(minion => offlineOf(minion, waitMs > 0))
  const left = new Set(waitMs > 0 ? [] : offline.map(({ minion }) => minion))
  const included = picked.filter(({ id }) => !left.has(id))
  const ready = (verb === 'apply' ? firstRound(whole.compiled, included) : whole.compiled).filter(({ minion }) => {
    return !left.has(minion.id)
  })
  const git = await snapshot.git()
  const prepared = await prepareRuns(context, ready)
  const demand = strict ? 'all' : 'one'
  const { job, unsealed } = orderJob(context, snapshot, jobWishOf(context, wish, asked, git), prepared, demand)
  const broken = [...whole.broken, ...unsealed]
  const leftOut = broken.map(one => hiddenIn(one, hide))
  const without = new Set(broken.map(({ minion }) => minion.id))
  const ordered = included.flatMap(({ id }) => (without.has(id) ? [] : [id]))
  const warned = { ...(leftOut.length === 0 ? {} : { leftOut }), ...warningsFor(picked, leftOut, hide) }
  emit({ type: 'job', job, verb, minions: ordered, offline, ...warned })
  dispatcher.delivery.deliverJob(job)
  const watch = new JobWatch(context, { job, emit, signal, patienceMs: waitMs > 0 ? waitMs : OFFLINE_PATIENCE_MS })
  await watch.untilOver()
  let { waiting } = whole
  if (verb === 'apply') {
    const applied = appliedOf(prepared, ready)
    const comesAgain = whole.compiled.some(({ awaits }) => awaits.length > 0)
    const first = { waiting, leftOut: without, applied, comesAgain, exportsVersion }
    waiting = await furtherRounds(context, { ...first, job, watch, snapshot, minions: included, signal }, emit)
  }
  return {
    job,
    verb,
    revision: snapshot.fleet.revision,
    ...(git === undefined ? {} : { git: git.revision, dirty: git.dirty }),
    ...(await allRounds(store, job, { unchanged, slowest, outcomes: watch.outcomes })),
    ...(waiting.length === 0 ? {} : { waiting: waiting.map(one => hiddenIn(one, hide)) }),
    offline: offline.filter(one => !one.waiting),
    ...(isAboutOrphans(verb) ? {} : contractOnlyOf(snapshot, picked)),
    ...warned,
  }
}

function jobWishOf(
  { now }: ControlContext,
  { target, waitMs, splayMs, orphans }: ApplyWish,
  { verb, caller: { operator, scheduledRun } }: ApplyAsked,
  git: GitState | undefined,
): JobWish {
  return {
    verb,
    origin: 'order',
    target: targetLabel(target),
    operator,
    git,
    options: {
      waitMs,
      ...(splayMs === 0 ? {} : { splayMs }),
      ...(scheduledRun === undefined ? {} : { firing: scheduledRun }),
      ...(orphans?.test === true ? { test: true } : {}),
      ...(orphans?.states === undefined ? {} : { states: orphans.states }),
    },
    expiresAt: new Date(now() + splayMs + (waitMs > 0 ? waitMs : ORDER_LIFETIME_MS)).toISOString(),
    splayMs,
  }
}

/** Maps each minion to its catalog, even if nothing could be sealed for it: it is applied again only with a different catalog. */
function appliedOf({ runs }: PreparedRuns, compiled: readonly CompiledMinion[]): ReadonlyMap<MinionId, Sha256> {
  const stored = new Map(runs.map(run => [run.compiled.minion.id, run.blobs.catalog]))
  return new Map(compiled.map(one => [one.minion.id, stored.get(one.minion.id) ?? encodedOnce(one).sha256]))
}

function hiddenIn(
  { minion, problems }: BrokenMinion,
  hide: (problems: readonly Problem[]) => readonly Problem[],
): LeftOutMinion {
  return { minion: minion.id, problems: hide(problems) }
}

/** Lists draft roles, which were not applied and must not be mistaken for applied. Pure. */
function contractOnlyOf({ library }: FleetSnapshot, picked: readonly FleetMinion[]): Pick<ApplyResult, 'contractOnly'> {
  const roles = [...library.roles.values()].filter(({ draft }) => draft)
  const held = roles.flatMap(({ name: role }) => {
    const minions = picked.filter(one => one.roles.includes(role)).map(({ id }) => id)
    return minions.length === 0 ? [] : [{ role, minions }]
  })
  return held.length === 0 ? {} : { contractOnly: held }
}

/** Minions that chose their id, with what they do not get, and minions without roles. Those left out have been told. Pure. */
function warningsFor(
  picked: readonly FleetMinion[],
  leftOut: readonly LeftOutMinion[],
  hide: (problems: readonly Problem[]) => readonly Problem[],
): Pick<ApplyResult, 'warnings'> {
  const told = new Set(
    leftOut.flatMap(one => one.problems.filter(({ code }) => code === 'ENTRY_WITHHELD').map(() => one.minion)),
  )
  const withheld = picked.flatMap(minion => (told.has(minion.id) ? [] : (withheldProblem(minion) ?? [])))
  const without = new Set(leftOut.map(({ minion }) => minion))
  const warnings = [...withheld, ...withoutRoles(picked.filter(({ id }) => !without.has(id)))]
  return warnings.length === 0 ? {} : { warnings: hide(warnings) }
}

function offlineOf({ id, known }: FleetMinion, waiting: boolean): OfflineMinion {
  return { minion: id, ...(known?.lastSeenAt === undefined ? {} : { since: known.lastSeenAt }), waiting }
}
