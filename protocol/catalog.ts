import { createHash } from 'node:crypto'
import type { blobRef, catalogState, exportPlace, guards, highstateRule, slot } from './catalog-schema.ts'
import { catalogSchema } from './catalog-schema.ts'
import { AppError } from './errors.ts'
import type { Sha256 } from './ids.ts'
import { canonicalJson, isJsonObject, type Json } from './json.ts'
import { explainShape, neededVersion } from './needed-version.ts'
import type { Wire } from './wire.ts'

/** The edges of a state to others of the same catalog; `_in` forms are already turned round by the compiler. */
export const REQUISITES = ['require', 'watch', 'onchanges'] as const
export type Requisite = (typeof REQUISITES)[number]

/** Text with holes: a part is text as it is, or the number of a slot whose value travels in the box. */
export type TextPart = string | { readonly slot: number }

/** How text with slots stands among the parameters of a state: a map with this one key. */
export const TEXT_KEY = '$text'

export type Slot = Wire<typeof slot>
export type BlobRef = Wire<typeof blobRef>
export type Guards = Wire<typeof guards>
export type CatalogState = Wire<typeof catalogState>
export type ExportPlace = Wire<typeof exportPlace>
export type HighstateRule = Wire<typeof highstateRule>
export type Catalog = Wire<typeof catalogSchema>

/** A large file of a role, and where it is on the master. */
export interface FileOnDisk extends BlobRef {
  /** Absolute. */
  readonly path: string
}

export function encodeCatalog(catalog: Catalog): Uint8Array {
  const needs = neededVersion('catalog', catalog)
  return new TextEncoder().encode(canonicalJson(needs === undefined ? catalog : { ...catalog, needs }))
}

export function sha256Of(bytes: Uint8Array | string): Sha256 {
  return createHash('sha256').update(bytes).digest('hex') as Sha256
}

/** The catalog in these bytes; CATALOG_REFUSED when they are not one. Signature and hash are checked by the caller first. */
export function decodeCatalog(bytes: Uint8Array): Catalog {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new AppError({ code: 'CATALOG_REFUSED', message: 'the catalog is not JSON' }, { cause })
  }
  const parsed = catalogSchema.safeParse(value)
  if (parsed.success) return parsed.data as Catalog
  throw new AppError({
    code: 'CATALOG_REFUSED',
    message: explainShape('the catalog', value, parsed.error.issues),
    hint: 'Upgrade the package `saltern-minion` of this host to the version of the master.',
  })
}

/** True for the map that stands for text with slots. */
export function isSlotText(value: Json): value is { readonly [TEXT_KEY]: readonly TextPart[] } {
  return isJsonObject(value) && Array.isArray(value[TEXT_KEY]) && Object.keys(value).length === 1
}
