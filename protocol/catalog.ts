import { createHash } from 'node:crypto'
import type { blobRef, catalogState, exportPlace, guards, highstateRule, slot } from './catalog-schema.ts'
import { catalogSchema } from './catalog-schema.ts'
import { AppError } from './errors.ts'
import type { Sha256 } from './ids.ts'
import { canonicalJson, isJsonObject, type Json } from './json.ts'
import { explainShape, neededVersion } from './needed-version.ts'
import type { Wire } from './wire.ts'

/** Dependencies of a state on others of the same catalog; the compiler has already reversed the `_in` forms. */
export const REQUISITES = ['require', 'watch', 'onchanges'] as const
export type Requisite = (typeof REQUISITES)[number]

/** A part of a text with placeholders: literal text, or the number of a slot whose value is in the box. */
export type TextPart = string | { readonly slot: number }

/** Text with slots appears in parameters as a map with this single key. */
export const TEXT_KEY = '$text'

export type Slot = Wire<typeof slot>
export type BlobRef = Wire<typeof blobRef>
export type Guards = Wire<typeof guards>
export type CatalogState = Wire<typeof catalogState>
export type ExportPlace = Wire<typeof exportPlace>
export type HighstateRule = Wire<typeof highstateRule>
export type Catalog = Wire<typeof catalogSchema>

/** A large file of a role, and its location on the master. */
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

/** Decodes a catalog. Throws CATALOG_REFUSED when the bytes are not one. The caller checks signature and hash first. */
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

/** True for a map that represents text with slots. */
export function isSlotText(value: Json): value is { readonly [TEXT_KEY]: readonly TextPart[] } {
  return isJsonObject(value) && Array.isArray(value[TEXT_KEY]) && Object.keys(value).length === 1
}
