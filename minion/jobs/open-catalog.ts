import { openBox } from '../../protocol/box.ts'
import { type Catalog, decodeCatalog, sha256Of } from '../../protocol/catalog.ts'
import { AppError } from '../../protocol/errors.ts'
import type { MinionIdentity } from '../../protocol/handshake.ts'
import type { Sha256 } from '../../protocol/ids.ts'
import { verifyCatalog } from '../../protocol/order.ts'
import { keyHash, rawPublicKey } from '../../protocol/signature.ts'
import type { Registry } from '../../states/registry.ts'
import { assertStateTypes } from '../apply/engine.ts'
import type { SignedCatalog } from './catalog-cache.ts'

export interface OpenedCatalog {
  readonly catalog: Catalog
  readonly hash: Sha256
  readonly generation: number
  /** Slot values, held in memory only. */
  readonly secrets: readonly string[]
}

/** Who opens catalogs on this minion, and whose signature is accepted. */
export interface CatalogReader {
  readonly identity: MinionIdentity
  /** Raw key of the master. */
  readonly masterKey: Uint8Array
  readonly fleet: string
  readonly registry: Registry
}

/**
 * Verifies, decodes and decrypts. Throws CATALOG_REFUSED or BOX_UNREADABLE; nothing is decrypted before the signature is
 * verified.
 */
export function openCatalog(
  signed: SignedCatalog,
  { identity, masterKey, fleet, registry }: CatalogReader,
): OpenedCatalog {
  const minionKey = keyHash(rawPublicKey(identity.identityKey))
  const hash = sha256Of(signed.catalog)
  const box = signed.box === undefined ? {} : { box: sha256Of(signed.box) }
  const claim = { fleet, minionKey, catalog: hash, ...box, generation: signed.generation }
  if (!verifyCatalog(masterKey, claim, signed.signature)) {
    throw new AppError({
      code: 'CATALOG_REFUSED',
      message: 'the catalog is not signed by the master for this minion',
      hint: 'Apply again from the master.',
    })
  }
  const catalog = decodeCatalog(signed.catalog)
  if (catalog.minion !== identity.id || catalog.fleet !== fleet) {
    throw new AppError({
      code: 'CATALOG_REFUSED',
      message: `the catalog is for \`${catalog.minion}\` of \`${catalog.fleet}\``,
    })
  }
  assertStateTypes(catalog, registry)
  const secrets = signed.box === undefined ? [] : openBox(signed.box, identity.sealingKey, { catalog: hash, minionKey })
  return { catalog, hash, generation: signed.generation, secrets }
}
