import { type Catalog, isSlotText, TEXT_KEY } from '../../protocol/catalog.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Json } from '../../protocol/json.ts'
import { type Secret, secretOf } from '../../protocol/secret.ts'

/** Slot values of one catalog, held in memory only. */
export type Secrets = readonly string[]

/**
 * Returns a function that resolves a `{$text}` map to its secret text; the path of the secret names all slots in it. Throws
 * CATALOG_REFUSED for a slot without a value.
 */
export function slotOpener(catalog: Catalog, secrets: Secrets): (text: Json) => Secret<string> {
  return text => {
    if (!isSlotText(text)) throw new TypeError('no text with slots')
    const paths: string[] = []
    const parts = text[TEXT_KEY].map(part => {
      if (typeof part === 'string') return { text: part, isSecret: false }
      const value = secrets[part.slot]
      const slot = catalog.slots[part.slot]
      if (value === undefined || slot === undefined) {
        throw new AppError({
          code: 'CATALOG_REFUSED',
          message: `the catalog has no value for its placeholder ${part.slot}`,
        })
      }
      paths.push(slot.path)
      return { text: value, isSecret: true }
    })
    return secretOf(parts, paths.join(', '))
  }
}
