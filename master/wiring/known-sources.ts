import type { ProvenSources } from '../keys/proven-sources.ts'
import { sourceOf } from '../keys/source.ts'
import type { Store } from '../store/open.ts'

const KNOWN_FOR_MS = 30 * 24 * 3_600_000

/**
 * Records the last address of each accepted minion as proven, after an upgrade from a release that stored no proven sources.
 * Otherwise a whole fleet would reconnect as unknown sources, with their limits. Does nothing once a source is known. All or
 * nothing: throws STORE_FULL when there is no space, and then the next start does it.
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
