import { sealBox } from '../../../protocol/box.ts'
import { encodeCatalog } from '../../../protocol/catalog.ts'
import { AppError, type ErrorCode } from '../../../protocol/errors.ts'
import { type JobId, type MinionId, newJobId, newRunId, type Sha256 } from '../../../protocol/ids.ts'
import type { JsonObject } from '../../../protocol/json.ts'
import { keyHash } from '../../../protocol/signature.ts'
import { splayOffsetMs } from '../../../protocol/splay.ts'
import type { KnownKey } from '../../keys/key-store.ts'
import type { JobOrigin, JobVerb } from '../../store/events.ts'
import type { NewRun } from '../../store/jobs.ts'
import type { BrokenMinion, CompiledMinion } from '../compile-minions.ts'
import type { ControlContext } from '../context.ts'
import type { GitState } from '../git.ts'
import type { FleetSnapshot } from '../snapshot.ts'
import { superseded } from './run-problems.ts'

export interface JobWish {
  readonly verb: JobVerb
  readonly origin: JobOrigin
  readonly target: string
  readonly operator: string
  readonly options: JsonObject
  readonly git: GitState | undefined
  readonly expiresAt: string
  /** Kernel boot that the runs are the highstate of. */
  readonly bootId?: string
  /** Each run is delivered at an offset of its own below this: the same for the same operator and minion. */
  readonly splayMs?: number
}

export interface OrderedJob {
  readonly job: JobId
  /** Minions without a run, since nothing could be sealed to their keys. */
  readonly unsealed: readonly BrokenMinion[]
}

/** How many of the minions must get a run. */
export type Demand = 'all' | 'one' | 'none'

/**
 * Job, runs, catalogs and boxes are on disk when it returns; nothing has been sent. Throws when fewer minions than `demand`
 * says can get a run, and then nothing was stored. A minion that was given an order from a newer snapshot of the fleet while
 * this one was compiled keeps that: its run ends as superseded at once.
 */
export function orderJob(
  context: ControlContext,
  snapshot: FleetSnapshot,
  wish: JobWish,
  minions: readonly CompiledMinion[],
  demand: Demand = 'one',
): OrderedJob {
  const { store, now, random } = context
  const id = newJobId(now(), random)
  const { bootId, splayMs = 0, git, ...rest } = wish
  const { fleet } = snapshot
  const notBefore = (minion: string): string => {
    return new Date(now() + splayOffsetMs(wish.operator, minion, splayMs)).toISOString()
  }
  const ordered = store.together(() => {
    const { runs: sealed, unsealed } = newRuns(context, minions)
    const tooFew = demand === 'all' || (demand === 'one' && sealed.length === 0)
    if (unsealed.length > 0 && tooFew) throw new AppError(unsealed.flatMap(({ problems }) => problems))
    const runs = sealed.map((run): NewRun => {
      return {
        ...run,
        ...(wish.verb === 'apply' ? replacedIn(context, snapshot, run.minion) : {}),
        ...(bootId === undefined ? {} : { bootId }),
        ...(splayMs === 0 ? {} : { notBefore: notBefore(run.minion) }),
      }
    })
    const job = {
      id,
      ...rest,
      revision: fleet.revision,
      ...(git === undefined ? {} : { git: git.revision, dirty: git.dirty }),
    }
    store.jobs.order(job, runs)
    return { runs, unsealed }
  })
  if (wish.verb === 'apply') remember(context, snapshot, id, ordered.runs)
  return { job: id, unsealed: ordered.unsealed }
}

/**
 * Further runs of the same apply, in waves behind all that it has: nothing has been sent when it returns. Those of minions
 * that were given newer content meanwhile end as superseded at once.
 */
export function orderMore(
  context: ControlContext,
  snapshot: FleetSnapshot,
  job: JobId,
  minions: readonly CompiledMinion[],
): readonly BrokenMinion[] {
  const { store } = context
  const behind = 1 + Math.max(-1, ...store.runs.ofJob(job).map(({ wave }) => wave))
  const { runs, unsealed } = store.together(() => {
    const later = minions.map(minion => ({ ...minion, wave: behind + minion.wave }))
    const more = newRuns(context, later)
    store.jobs.extend(
      job,
      more.runs.map(run => ({ ...run, ...replacedIn(context, snapshot, run.minion) })),
    )
    return more
  })
  remember(context, snapshot, job, runs)
  return unsealed
}

function replacedIn(
  { snapshots }: ControlContext,
  { ordinal }: FleetSnapshot,
  minion: MinionId,
): Pick<NewRun, 'superseded'> {
  const by = snapshots.newer(minion, ordinal)
  return by === undefined ? {} : { superseded: { by, problem: superseded(minion, by) } }
}

function remember(
  { snapshots }: ControlContext,
  { ordinal }: FleetSnapshot,
  job: JobId,
  runs: readonly NewRun[],
): void {
  for (const { minion } of runs) snapshots.ordered(minion, ordinal, job)
}

/** A minion whose key takes no box, or was revoked in the meantime, does not stop the others. Throws what the store says. */
function newRuns(
  context: ControlContext,
  minions: readonly CompiledMinion[],
): { readonly runs: readonly NewRun[]; readonly unsealed: readonly BrokenMinion[] } {
  const runs: NewRun[] = []
  const unsealed: BrokenMinion[] = []
  for (const compiled of minions) {
    try {
      runs.push(newRun(context, compiled))
    } catch (thrown) {
      if (!(thrown instanceof AppError) || !LEFT_OUT.includes(thrown.problems[0].code)) throw thrown
      unsealed.push({ minion: compiled.minion, problems: thrown.problems })
    }
  }
  return { runs, unsealed }
}

const LEFT_OUT: readonly ErrorCode[] = ['KEY_REVOKED', 'SEALING_FAILED']

function newRun(context: ControlContext, minion: CompiledMinion): NewRun {
  const id = newRunId(context.now(), context.random)
  demandKey(context, minion.minion.id)
  return { id, minion: minion.minion.id, wave: minion.wave, ...storeCatalog(context, minion) }
}

/** A key may have been revoked while catalogs were compiled. */
function demandKey({ keyStore }: ControlContext, minion: MinionId): KnownKey {
  const key = keyStore.accepted(minion)
  if (key !== undefined) return key
  throw new AppError({
    code: 'KEY_REVOKED',
    message: `the key of ${minion} was revoked while its catalog was compiled`,
    hint: 'Order it again: the minion is not picked any more.',
  })
}

function storeCatalog(context: ControlContext, { minion, compiled }: CompiledMinion): Pick<NewRun, 'catalog' | 'box'> {
  const { blobs, blobFiles } = context.store
  const catalog = blobs.put(encodeCatalog(compiled.catalog))
  for (const content of compiled.blobs.values()) {
    if (content instanceof Uint8Array) blobs.put(content)
    else blobFiles.name(catalog.sha256, content.sha256)
  }
  if (compiled.secrets.length === 0) return { catalog: catalog.sha256 }
  const key = demandKey(context, minion.id)
  const box = blobs.put(boxFor(context, minion.id, key, { catalog: catalog.sha256, secrets: compiled.secrets }))
  return { catalog: catalog.sha256, box: box.sha256 }
}

/** SEALING_FAILED for a sealing key that is none, such as one of zeros only. */
function boxFor(
  { ephemeralKey }: ControlContext,
  minion: MinionId,
  key: KnownKey,
  { catalog, secrets }: { readonly catalog: Sha256; readonly secrets: readonly string[] },
): Uint8Array {
  try {
    return sealBox(secrets, key.sealingKey, { catalog, minionKey: keyHash(key.key) }, ephemeralKey())
  } catch (cause) {
    throw new AppError(
      {
        code: 'SEALING_FAILED',
        message: `nothing can be sealed for ${minion}: its sealing key is not a usable X25519 key`,
        hint: `Revoke the key with \`master keys revoke ${minion}\`, and let the minion join again.`,
      },
      { cause },
    )
  }
}
