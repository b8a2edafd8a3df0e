import { AppError } from '../../protocol/errors.ts'
import { jsonBeyond } from '../../protocol/json-bounds.ts'
import { LIMITS } from '../../protocol/limits.ts'

/** True for a map, the kind of value in almost every JSON column. Pure. */
function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Checks the kind of a stored value. Pure. */
export function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

/** Checks the kind of a stored value. Pure. */
export function isAnything(): boolean {
  return true
}

/**
 * Parses the JSON in a column of the store. `column` is `table.column`; `fits` checks the kind of the value. Throws
 * STORE_DAMAGED, which names the column; JSON that is nested too deeply is refused before it is parsed. Pure.
 */
export function storedJson<T>(text: string | Uint8Array, column: string, fits: (value: unknown) => boolean = isMap): T {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  const beyond = jsonBeyond(bytes, { nodes: LIMITS.reportNodes, depth: LIMITS.jsonDepth })
  if (beyond !== undefined) throw damaged(column, beyond)
  let value: unknown
  try {
    value = JSON.parse(typeof text === 'string' ? text : new TextDecoder().decode(text))
  } catch (cause) {
    throw damaged(column, 'it is not JSON', cause)
  }
  if (fits(value)) return value as T
  throw damaged(column, 'it has the wrong type')
}

function damaged(column: string, why: string, cause?: unknown): AppError {
  return new AppError(
    {
      code: 'STORE_DAMAGED',
      message: `a value of \`${column}\` in \`saltern.db\` is not what was stored: ${why}`,
      hint: 'Restore the state directory of the master from its backup: `master restore FILE`.',
    },
    { cause },
  )
}
