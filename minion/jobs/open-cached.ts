import { AppError, problemsOf } from '../../protocol/errors.ts'
import type { CatalogCache, SignedCatalog } from './catalog-cache.ts'
import { type OpenedCatalog, openCatalog } from './open-catalog.ts'

/** Loads the cached catalog; undefined when there is none that can be opened. */
export async function cachedCatalog(
  cache: Pick<CatalogCache, 'load'>,
  masterKey: string | undefined,
  who: Parameters<typeof openCached>[2],
): Promise<OpenedCatalog | undefined> {
  const signed = await cache.load()
  if (signed === undefined) return undefined
  try {
    return openCached(signed, masterKey, who)
  } catch {
    // Whatever tries to apply it gets the error.
    return undefined
  }
}

/** Generation of the cached catalog; undefined when none can be read. */
export async function newestGeneration(
  cache: CatalogCache,
  log: (event: string, data: { readonly message: string }) => void,
): Promise<number | undefined> {
  try {
    return (await cache.load())?.generation
  } catch (error) {
    log('catalog-unreadable', { message: problemsOf(error)[0].message })
    return undefined
  }
}

/** Opens a cached catalog. It is trusted if it is signed by the master that this minion last shook hands with. */
export function openCached(
  signed: SignedCatalog,
  masterKey: string | undefined,
  who: Pick<Parameters<typeof openCatalog>[1], 'identity' | 'registry'>,
): OpenedCatalog {
  if (masterKey === undefined) {
    throw new AppError({
      code: 'CATALOG_REFUSED',
      message: 'the signature of the cached catalog cannot be verified: this minion does not know its master yet',
      hint: 'Start the agent and wait until it has connected to its master once.',
    })
  }
  const key = new Uint8Array(Buffer.from(masterKey, 'base64'))
  return openCatalog(signed, { ...who, masterKey: key, fleet: fleetOf(signed) })
}

/** Not verified yet; used only to build the claim that the signature is verified against. */
function fleetOf({ catalog }: SignedCatalog): string {
  try {
    return (JSON.parse(new TextDecoder().decode(catalog)) as { readonly fleet: string }).fleet
  } catch (cause) {
    throw new AppError(
      { code: 'CATALOG_REFUSED', message: 'the cached catalog is damaged', hint: 'Apply again from the master.' },
      { cause },
    )
  }
}
