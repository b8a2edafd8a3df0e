import { sealBox } from '../../protocol/box.ts'
import { encodeCatalog } from '../../protocol/catalog.ts'
import { type JobId, newJobId, newRunId } from '../../protocol/ids.ts'
import type { JsonObject } from '../../protocol/json.ts'
import { keyHash } from '../../protocol/signature.ts'
import type { JobOrigin, JobVerb } from '../store/events.ts'
import type { NewRun } from '../store/jobs.ts'
import type { CompiledMinion } from './compile-minions.ts'
import type { ControlContext } from './context.ts'
import type { FleetSnapshot } from './snapshot.ts'

export interface JobWish {
  readonly verb: JobVerb
  readonly origin: JobOrigin
  readonly target: string
  readonly operator: string
  readonly options: JsonObject
  readonly expiresAt: string
  /** Kernel boot that the runs are the highstate of. */
  readonly bootId?: string
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
  const { bootId, ...rest } = wish
  const { git, fleet } = snapshot
  store.together(() => {
    const runs = minions.map((minion): NewRun => {
      const run = newRunId(now(), random)
      return {
        id: run,
        minion: minion.minion.id,
        wave: minion.wave,
        ...storeCatalog(context, minion),
        ...(bootId === undefined ? {} : { bootId }),
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

function storeCatalog(context: ControlContext, { minion, compiled }: CompiledMinion): Pick<NewRun, 'catalog' | 'box'> {
  const { blobs } = context.store
  const catalog = blobs.put(encodeCatalog(compiled.catalog))
  for (const bytes of compiled.blobs.values()) blobs.put(bytes)
  if (compiled.secrets.length === 0) return { catalog: catalog.sha256 }
  const key = context.keyStore.accepted(minion.id)
  if (key === undefined) throw new TypeError(`${minion.id} was picked and has no accepted key`)
  const binding = { catalog: catalog.sha256, minionKey: keyHash(key.key) }
  const box = blobs.put(sealBox(compiled.secrets, key.sealingKey, binding, context.ephemeralKey()))
  return { catalog: catalog.sha256, box: box.sha256 }
}
