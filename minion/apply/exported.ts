import type { ExportPlace } from '../../protocol/catalog.ts'
import { isJsonObject, type Json, type JsonObject } from '../../protocol/json.ts'

/** The values that the states of one run report, each put where the catalog wants it. */
export function createExports(): { add(place: ExportPlace, value: Json): void; all(): JsonObject } {
  const values = new Map<string, Json>()
  return {
    add: ({ name, key }, value) => {
      const before = values.get(name)
      values.set(name, key === undefined ? value : { ...(isJsonObject(before) ? before : {}), [key]: value })
    },
    all: () => Object.fromEntries(values),
  }
}
