import { sealBox } from '../../protocol/box.ts'
import { AppError, type ErrorCode } from '../../protocol/errors.ts'
import { type JobId, type MinionId, newJobId, newRunId } from '../../protocol/ids.ts'
import type { JsonObject } from '../../protocol/json.ts'
import { keyHash } from '../../protocol/signature.ts'
import { splayOffsetMs } from '../../protocol/splay.ts'
import type { ControlContext } from '../context.ts'
import type { BrokenMinion, CompiledMinion } from '../control/compile-minions.ts'
import type { GitState } from '../control/git.ts'
import type { FleetSnapshot } from '../control/snapshot.ts'
import type { KnownKey } from '../keys/key-store.ts'
import type { JobOrigin, JobVerb } from '../store/log/events.ts'
import type { NewRun } from '../store/tables/jobs.ts'
import { superseded } from './run-problems.ts'

export interface JobWish {
  readonly verb: JobVerb
  readonly origin: JobOrigin
  readonly target: string
  readonly operator: string
  readonly options: JsonObject
  readonly git: GitState | undefined
  readonly expiresAt: string
  /** Kernel boot for which the runs are the highstate. */
  readonly bootId?: string
  /** Maximum delivery delay. Each run gets its own delay below it, the same for the same operator and minion. */
  readonly splayMs?: number
}

export interface OrderedJob {
  readonly job: JobId
  /** Minions without a run, because secrets could not be encrypted for their keys. */
  readonly unsealed: readonly BrokenMinion[]
}

/** How many of the minions must get a run. */
export type Demand = 'all' | 'one' | 'none'

/** Catalogs and secret bundles in the store for runs of a job that does not exist yet. */
export interface PreparedRuns {
  readonly runs: readonly PreparedRun[]
  readonly unsealed: readonly BrokenMinion[]
}

interface PreparedRun {
  readonly compiled: CompiledMinion
  readonly blobs: Pick<NewRun, 'catalog' | 'box'>
  /** The minion's key that the secret bundle is encrypted for. */
  readonly key: KnownKey
}

/**
 * Stores catalogs and encrypted secret bundles in slices, so that links and other verbs are not blocked. A minion whose key
 * cannot be used does not stop the others. Throws store errors.
 */
export async function prepareRuns(context: ControlContext, minions: readonly CompiledMinion[]): Promise<PreparedRuns> {
  const runs: PreparedRun[] = []
  const unsealed: BrokenMinion[] = []
  for (let begin = 0; begin < minions.length; begin += STORED_AT_ONCE) {
    // A commit for each slice, because each waits for the disk. The next slice comes after what minions sent meanwhile.
    const slice = await context.store.commits.run(() => {
      return eachOrLeftOut(minions.slice(begin, begin + STORED_AT_ONCE), compiled => {
        const key = demandKey(context, compiled.minion.id)
        return { compiled, key, blobs: storeSealed(context, compiled, key) }
      })
    })
    runs.push(...slice.done)
    unsealed.push(...slice.leftOut)
  }
  return { runs, unsealed }
}

const STORED_AT_ONCE = 20

/**
 * Writes the job and its runs to disk without sending anything. Throws when fewer minions than `demand` requires can get a run;
 * then nothing is ordered. If a minion was given an order from a newer fleet snapshot during this compile, its run here ends as
 * superseded at once.
 */
export function orderJob(
  context: ControlContext,
  snapshot: FleetSnapshot,
  wish: JobWish,
  prepared: PreparedRuns,
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
    const { runs: sealed, unsealed } = newRuns(context, prepared)
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
 * Adds runs to the same apply, in waves after the existing ones, without sending anything. Runs of minions that were given
 * newer content meanwhile end as superseded at once.
 */
export function orderMore(
  context: ControlContext,
  snapshot: FleetSnapshot,
  job: JobId,
  prepared: PreparedRuns,
): readonly BrokenMinion[] {
  const { store } = context
  const behind = 1 + Math.max(-1, ...store.runs.ofJob(job).map(({ wave }) => wave))
  const { runs, unsealed } = store.together(() => {
    const more = newRuns(context, prepared, behind)
    store.jobs.order(
      { id: job },
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

/** A minion whose key was revoked meanwhile does not stop the others. */
function newRuns(
  context: ControlContext,
  { runs, unsealed }: PreparedRuns,
  firstWave = 0,
): { readonly runs: readonly NewRun[]; readonly unsealed: readonly BrokenMinion[] } {
  const { done, leftOut } = eachOrLeftOut(
    runs.map(({ compiled: { minion, wave }, ...rest }) => ({ minion, wave, ...rest })),
    ({ minion, wave, key, blobs }): NewRun => {
      demandKey(context, minion.id, key)
      return { id: newRunId(context.now(), context.random), minion: minion.id, wave: firstWave + wave, ...blobs }
    },
  )
  return { runs: done, unsealed: [...unsealed, ...leftOut] }
}

const LEFT_OUT: readonly ErrorCode[] = ['KEY_REVOKED', 'SEALING_FAILED']

/** Processes each minion and collects those that are left out. Throws store errors. */
function eachOrLeftOut<One extends Pick<CompiledMinion, 'minion'>, Done>(
  minions: readonly One[],
  act: (one: One) => Done,
): { readonly done: readonly Done[]; readonly leftOut: readonly BrokenMinion[] } {
  const done: Done[] = []
  const leftOut: BrokenMinion[] = []
  for (const one of minions) {
    try {
      done.push(act(one))
    } catch (thrown) {
      if (!(thrown instanceof AppError) || !LEFT_OUT.includes(thrown.problems[0].code)) throw thrown
      leftOut.push({ minion: one.minion, problems: thrown.problems })
    }
  }
  return { done, leftOut }
}

/** Checks the key again: it may have been revoked during the compile, and the minion may have joined with another one. */
function demandKey({ keyStore }: ControlContext, minion: MinionId, before?: KnownKey): KnownKey {
  const key = keyStore.accepted(minion)
  if (key !== undefined && (before === undefined || key.fingerprint === before.fingerprint)) return key
  throw new AppError({
    code: 'KEY_REVOKED',
    message: `the key of ${minion} was revoked while its catalog was compiled`,
    hint: 'Run the command again: the minion is no longer selected.',
  })
}

/** Encrypts the secret bundle of a minion. Throws SEALING_FAILED for an invalid sealing key, for example one of zeros only. */
function storeSealed(
  { store, ephemeralKey }: ControlContext,
  { minion, compiled, encoded }: CompiledMinion,
  key: KnownKey,
): Pick<NewRun, 'catalog' | 'box'> {
  const { sha256: catalog } = store.catalogs.put(compiled.catalog, encoded)
  for (const content of compiled.blobs.values()) {
    if (content instanceof Uint8Array) store.blobs.put(content)
    else store.blobFiles.name(catalog, content.sha256)
  }
  if (compiled.secrets.length === 0) return { catalog }
  let box: Uint8Array
  try {
    box = sealBox(compiled.secrets, key.sealingKey, { catalog, minionKey: keyHash(key.key) }, ephemeralKey())
  } catch (cause) {
    throw new AppError(
      {
        code: 'SEALING_FAILED',
        message: `secrets cannot be encrypted for ${minion.id}: its sealing key is not a usable X25519 key`,
        hint: `Revoke the key with \`master keys revoke ${minion.id}\`, and let the minion join again.`,
      },
      { cause },
    )
  }
  return { catalog, box: store.blobs.put(box).sha256 }
}
