import type { KeyObject } from 'node:crypto'
import { decodeCatalog } from '../../protocol/catalog.ts'
import { signCatalog } from '../../protocol/order.ts'
import { keyHash } from '../../protocol/signature.ts'
import type { KeyStore } from '../keys/key-store.ts'
import type { Store } from '../store/open.ts'
import type { Run } from '../store/tables/run-row.ts'

interface PayloadDeps {
  readonly store: Pick<Store, 'jobs' | 'blobs'>
  readonly keyStore: Pick<KeyStore, 'accepted'>
  readonly master: KeyObject
  readonly fleet: string
}

/** The order of a run, and every blob that it names. undefined: the minion has no accepted key any more. */
export function payloadOf({ store, keyStore, master, fleet }: PayloadDeps, run: Run) {
  const key = keyStore.accepted(run.minion)
  const job = store.jobs.head(run.job)
  const bytes = store.blobs.get(run.catalog)
  const box = run.box === undefined ? undefined : store.blobs.ref(run.box)
  if (key === undefined || job === undefined || bytes === undefined) return undefined
  const { generation } = run
  const claim = {
    fleet,
    minionKey: keyHash(key.key),
    catalog: run.catalog,
    generation,
    ...(box === undefined ? {} : { box: box.sha256 }),
  }
  const catalog = { sha256: run.catalog, size: bytes.length }
  const apply = {
    kind: 'apply',
    test: job.verb === 'test',
    origin: job.origin === 'boot' ? 'boot' : 'order',
    catalog,
    ...(box === undefined ? {} : { box }),
    generation,
    signature: signCatalog(master, claim),
  } as const
  const named = decodeCatalog(bytes).blobs.map(({ sha256 }) => sha256)
  return { apply, blobs: [run.catalog, ...(box === undefined ? [] : [box.sha256]), ...named] }
}
