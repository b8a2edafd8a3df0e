import type { CatalogState } from '../../protocol/catalog.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Json } from '../../protocol/json.ts'
import type { Secret } from '../../protocol/secret.ts'
import type { BoundState } from '../../states/define.ts'
import type { Registry } from '../../states/registry.ts'

/** Binds a state of the catalog to its type. Throws STATE_UNKNOWN or PARAM_INVALID. */
export type Bind = (state: CatalogState) => BoundState

/** Binds each state to its type when it is first asked for. */
export function bindOnce(registry: Registry, open: (text: Json) => Secret<string>): Bind {
  const known = new WeakMap<CatalogState, BoundState>()
  return state => {
    const bound = known.get(state) ?? bindState(registry, state, open)
    known.set(state, bound)
    return bound
  }
}

function bindState(registry: Registry, state: CatalogState, open: (text: Json) => Secret<string>): BoundState {
  const type = registry.get(state.type)
  if (type === undefined) {
    throw new AppError({ code: 'STATE_UNKNOWN', message: `there is no state \`${state.type}\`` })
  }
  return type.bind(state.params, open)
}
