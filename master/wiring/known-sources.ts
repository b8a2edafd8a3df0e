import type { ProvenSources } from '../keys/proven-sources.ts'
import { sourceOf } from '../keys/source.ts'
import type { Store } from '../store/open.ts'

const KNOWN_FOR_MS = 30 * 24 * 3_600_000

/**
 * After an upgrade from a release that did not remember from where keys were proved: each accepted minion proved its key where it
 * connected from last. Without it a whole fleet would come back as strangers, with the limits of strangers. Does nothing once
 * a source is known. All or none: STORE_FULL without room, and then the next start does it.
 */
export function rememberSources(
  {
    sources,
    minions,
    together,
  }: Pick<Store, 'together'> & { readonly sources: ProvenSources; readonly minions: Pick<Store['minions'], 'list'> },
  nowMs: number,
): void {
  if (!sources.isEmpty()) return
  together(() => {
    for (const { id, fingerprint, address, lastSeenAt } of minions.list()) {
      if (fingerprint === undefined || address === undefined || lastSeenAt === undefined) continue
      const seenMs = Math.min(Date.parse(lastSeenAt), nowMs)
      if (nowMs - seenMs < KNOWN_FOR_MS) sources.proved(sourceOf(address), id, seenMs)
    }
  })
}
