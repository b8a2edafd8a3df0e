import { type Catalog, type CatalogState, isSlotText, type Slot, TEXT_KEY } from '../../protocol/catalog.ts'
import { canonicalJson, isJsonObject, type Json } from '../../protocol/json.ts'
import type { StateChange } from './report.ts'

export type Difference = Pick<StateChange, 'key' | 'change'>

/**
 * Compares the states of two catalogs by meaning. Positions of declarations, slot numbers and the fleet's revision do not
 * count; a rotated secret does. Pure.
 */
export function differences(before: Catalog, after: Catalog): readonly Difference[] {
  const [old, fresh] = [meanings(before), meanings(after)]
  const changed = [...fresh].flatMap(([key, meaning]): readonly Difference[] => {
    const was = old.get(key)
    if (was === undefined) return [{ key, change: 'added' }]
    return was === meaning ? [] : [{ key, change: 'changed' }]
  })
  const removed = [...old.keys()].filter(key => !fresh.has(key)).map((key): Difference => ({ key, change: 'removed' }))
  return [...changed, ...removed]
}

function meanings({ states, slots }: Catalog): ReadonlyMap<string, string> {
  return new Map(states.map(state => [state.key, meaningOf(state, slots)]))
}

function meaningOf({ declaredAt: _place, params, ...rest }: CatalogState, slots: readonly Slot[]): string {
  return canonicalJson({ ...rest, params: withoutNumbers(params, slots) })
}

function withoutNumbers(value: Json, slots: readonly Slot[]): Json {
  if (isSlotText(value)) {
    return value[TEXT_KEY].map(part => {
      if (typeof part === 'string') return part
      const slot = slots[part.slot]
      return slot === undefined ? null : { path: slot.path, mac: slot.mac }
    })
  }
  if (Array.isArray(value)) return value.map((item: Json) => withoutNumbers(item, slots))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutNumbers(item, slots)]))
}
