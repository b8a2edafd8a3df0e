import type { Catalog, CatalogState } from '../../protocol/catalog.ts'
import type { StateKey } from '../../protocol/ids.ts'
import type { Registry } from '../../states/registry.ts'
import type { LedgerEntry } from './ledger.ts'

/** What the states of one or more catalogs declare or use. */
export interface InUse {
  /** True for a resource that a state owns or mentions: it is no orphan. */
  has(thing: string): boolean
  /** The state that needs one of these resources, or something below the path of one. */
  userOf(things: readonly string[]): StateKey | undefined
}

/** How an orphan is removed, or why not. */
export type Removal = { readonly state: CatalogState } | { readonly kept: string }

/** Collects what catalogs declare, at a cost that grows with their states only. Pure. */
export function inUseBy(catalogs: readonly Catalog[], registry: Registry): InUse {
  const things = new Map<string, StateKey>()
  const paths = new Map<string, StateKey>()
  for (const { key, type, params } of catalogs.flatMap(({ states }) => states)) {
    const definition = registry.get(type)
    const owned = definition?.owns(params)
    for (const thing of [...(owned === undefined ? [] : [owned]), ...(definition?.mentions(params) ?? [])]) {
      if (!things.has(thing)) things.set(thing, key)
    }
    const used = [pathIn(owned), params['name'], params['config']]
    for (const path of used) if (typeof path === 'string' && path.startsWith('/')) addPath(paths, path, key)
  }
  return {
    has: thing => things.has(thing),
    userOf: wanted => {
      for (const thing of wanted) {
        const user = things.get(thing) ?? (thing.startsWith('file:') ? paths.get(thing.slice(5)) : undefined)
        if (user !== undefined) return user
      }
      return undefined
    },
  }
}

/** Names the packages that states of the catalogs install or use. Pure. */
export function packagesNeededBy(catalogs: readonly Catalog[], registry: Registry): ReadonlySet<string> {
  const needed = new Set<string>()
  for (const { type, params } of catalogs.flatMap(({ states }) => states)) {
    const definition = registry.get(type)
    if (definition === undefined || definition.absence) continue
    for (const thing of definition.mentions(params)) if (thing.startsWith('pkg:')) needed.add(thing.slice(4))
  }
  return needed
}

/** Decides how an orphan is removed. What existed before, what has no opposite and what is in use stays. Pure. */
export function removalOf(thing: string, entry: LedgerEntry, inUse: InUse, registry: Registry): Removal {
  const { made, type, opposite, id, name, role, declaredAt } = entry
  if (!made) return { kept: 'it existed before Saltern managed it' }
  if (opposite === undefined) return { kept: `no state type removes what \`${type}\` makes` }
  const remover = registry.get(opposite.type)
  if (remover === undefined) return { kept: `this version of Saltern has no state type \`${opposite.type}\`` }
  const checked = remover.check(opposite.params)
  if (!checked.ok) return { kept: checked.faults[0]?.message ?? `\`${opposite.type}\` refuses its arguments` }
  const { params } = checked
  const user = inUse.userOf([thing, remover.owns(params) ?? thing, ...remover.mentions(params)])
  if (user !== undefined) return { kept: `${user} of the catalog needs it` }
  return {
    state: {
      key: `${role}/${remover.name}/${id}` as StateKey,
      type: remover.name,
      id,
      name,
      role,
      declaredAt,
      params,
      requisites: {},
      guards: {},
    },
  }
}

/** Makes the key of a state unlike all keys taken so far, and takes it. */
export function unlikeKeys(state: CatalogState, taken: Set<StateKey>): CatalogState {
  let { key } = state
  for (let n = 2; taken.has(key); n += 1) key = `${state.key} (${n})` as StateKey
  taken.add(key)
  return { ...state, key }
}

function pathIn(thing: string | undefined): string | undefined {
  return /^[^:]+:(\/[^:]*)/.exec(thing ?? '')?.[1]
}

function addPath(paths: Map<string, StateKey>, path: string, key: StateKey): void {
  for (let at = path; at.length > 1 && !paths.has(at); at = at.slice(0, at.lastIndexOf('/'))) paths.set(at, key)
}
