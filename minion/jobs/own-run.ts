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
  /** Raw key of the master that last proved itself, base64. */
  readonly masterKey: () => string | undefined
  readonly who: Parameters<typeof openCached>[2]
  /** Told when it leaves the line. */
  readonly begun?: () => Promise<void>
  /** Told when it ends without a report, such as when its catalog cannot be opened. */
  readonly refused?: () => void
}

/**
 * A run that this minion begins by itself. The cached catalog is read when its turn comes: an order that stood in line before
 * it may have brought a newer one, and older content never replaces newer.
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
