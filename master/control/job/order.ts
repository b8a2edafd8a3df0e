import { sealBox } from '../../../protocol/box.ts'
import { encodeCatalog } from '../../../protocol/catalog.ts'
import { AppError } from '../../../protocol/errors.ts'
import { type JobId, type MinionId, newJobId, newRunId } from '../../../protocol/ids.ts'
import type { JsonObject } from '../../../protocol/json.ts'
import { keyHash } from '../../../protocol/signature.ts'
import { splayOffsetMs } from '../../../protocol/splay.ts'
import type { KnownKey } from '../../keys/key-store.ts'
import type { JobOrigin, JobVerb } from '../../store/events.ts'
import type { NewRun } from '../../store/jobs.ts'
import type { CompiledMinion } from '../compile-minions.ts'
import type { ControlContext } from '../context.ts'
import type { FleetSnapshot } from '../snapshot.ts'

export interface JobWish {
  readonly verb: JobVerb
  readonly origin: JobOrigin
  readonly target: string
  readonly operator: string
  readonly options: JsonObject
  readonly expiresAt: string
  /** Kernel boot that the runs are the highstate of. */
  readonly bootId?: string
  /** Each run is delivered at an offset of its own below this: the same for the same operator and minion. */
  readonly splayMs?: number
}

/** Job, runs, catalogs and boxes are on disk when it returns; nothing has been sent. */
export function orderJob(
  context: ControlContext,
  snapshot: FleetSnapshot,
  wish: JobWish,
  minions: readonly CompiledMinion[],
): JobId {
  const { store, now, random } = context
  const id = newJobId(now(), random)
  const { bootId, splayMs = 0, ...rest } = wish
  const { git, fleet } = snapshot
  const notBefore = (minion: string): string => {
    return new Date(now() + splayOffsetMs(wish.operator, minion, splayMs)).toISOString()
  }
  store.together(() => {
    const runs = minions.map((minion): NewRun => {
      return {
        ...newRun(context, minion),
        ...(bootId === undefined ? {} : { bootId }),
        ...(splayMs === 0 ? {} : { notBefore: notBefore(minion.minion.id) }),
      }
    })
    const job = {
      id,
      ...rest,
      revision: fleet.revision,
      ...(git === undefined ? {} : { git: git.revision, dirty: git.dirty }),
    }
    store.jobs.order(job, runs)
  })
  return id
}

/** Further runs of the same job, in waves behind all that it has: nothing has been sent when it returns. */
export function orderMore(context: ControlContext, job: JobId, minions: readonly CompiledMinion[]): void {
  const { store } = context
  const behind = 1 + Math.max(-1, ...store.runs.ofJob(job).map(({ wave }) => wave))
  store.together(() => {
    const runs = minions.map(minion => newRun(context, { ...minion, wave: behind + minion.wave }))
    store.jobs.extend(job, runs)
  })
}

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
  const { blobs } = context.store
  const catalog = blobs.put(encodeCatalog(compiled.catalog))
  for (const bytes of compiled.blobs.values()) blobs.put(bytes)
  if (compiled.secrets.length === 0) return { catalog: catalog.sha256 }
  const key = demandKey(context, minion.id)
  const binding = { catalog: catalog.sha256, minionKey: keyHash(key.key) }
  const box = blobs.put(sealBox(compiled.secrets, key.sealingKey, binding, context.ephemeralKey()))
  return { catalog: catalog.sha256, box: box.sha256 }
}
