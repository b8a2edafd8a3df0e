import type { RunId } from '../../protocol/ids.ts'
import type { Report } from '../../protocol/report.ts'
import type { CatalogCache } from './catalog-cache.ts'
import { openCached } from './open-cached.ts'
import type { WaitingRun } from './runner.ts'
import { noCatalog } from './superseded.ts'

interface OwnRun {
  readonly run: RunId
  readonly origin: Extract<Report['origin'], 'boot' | 'interval'>
  readonly cache: Pick<CatalogCache, 'load'>
  /** Raw key of the last master that proved its identity, base64. */
  readonly masterKey: () => string | undefined
  readonly who: Parameters<typeof openCached>[2]
  /** Called when the run leaves the queue. */
  readonly begun?: () => Promise<void>
  /** Called when the run ends without a report, for example because its catalog cannot be opened. */
  readonly refused?: () => void
}

/**
 * Builds a run that this minion starts by itself. The cached catalog is read only when the run starts: an order queued before
 * it can have brought a newer one, and older content must not replace newer.
 */
export function ownRun({ run, origin, cache, masterKey, who, begun, refused }: OwnRun): WaitingRun {
  return {
    run,
    job: undefined,
    test: false,
    origin,
    ...(begun === undefined ? {} : { begun }),
    ...(refused === undefined ? {} : { refused }),
    open: async () => {
      const signed = await cache.load()
      if (signed === undefined) throw noCatalog()
      return openCached(signed, masterKey(), who)
    },
  }
}
