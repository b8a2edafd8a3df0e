import type { Problem } from '../../protocol/errors.ts'
import { globMatches } from '../../protocol/glob.ts'
import { isMinionId } from '../../protocol/ids.ts'
import type { JsonObject } from '../../protocol/json.ts'
import { globsMeet, globWithin } from '../target/glob-within.ts'
import { parseYaml } from '../yaml/parse.ts'
import { Findings, jsonOf } from '../yaml/shape.ts'
import { addressesOf, demandUnique } from './inventory-addresses.ts'
import type { InventoryEntry } from './inventory-entry.ts'

/** What the master assigns to a minion. */
export interface Assignment {
  readonly roles: readonly string[]
  readonly level: string | undefined
  readonly vars: JsonObject
  /** Addresses set by the operator. */
  readonly addresses: readonly string[]
  /** Entries that match the id but do not apply, because the minion joined with a token for more ids than they cover. */
  readonly withheld: readonly string[]
}

export const INVENTORY_FILE = 'inventory.yml'

/** Parses inventory.yml and returns all entries and problems. `levels` is undefined when they are not known. Pure. */
export function parseInventory(
  text: string,
  levels: readonly string[] | undefined,
): { readonly entries: readonly InventoryEntry[]; readonly problems: readonly Problem[] } {
  const { root, problems } = parseYaml(text, INVENTORY_FILE)
  const findings = new Findings(text)
  const map = findings.map(root, 'inventory.yml')
  const entries = (map?.entries ?? []).flatMap(({ key, keyPosition, value }): readonly InventoryEntry[] => {
    const glob = isGlob(key)
    if (!isMinionId(glob ? key.replaceAll(/[*?]/g, 'a') : key)) {
      findings.invalid(
        keyPosition,
        `\`${key}\` is neither a minion id nor a glob of ids`,
        'For example, write `db1` or `"db*"`.',
      )
      return []
    }
    const body = findings.map(value, `\`${key}\``)
    if (body === undefined) return []
    findings.only(body, ['roles', 'level', 'vars', 'address', 'ip4'], `\`${key}\``)
    const of = (name: string) => body.entries.find(entry => entry.key === name)?.value
    const roles = of('roles')
    const items = roles === undefined ? [] : roles.kind === 'list' ? roles.items : [roles]
    const level = findings.text(of('level'), '`level`')
    const levelNode = of('level')
    if (level !== undefined && levelNode !== undefined && levels?.includes(level) === false) {
      findings.invalid(
        levelNode.position,
        `\`${level}\` is not a level of this fleet`,
        `Use one of ${levels.join(', ')}, or add it to fleet.yml.`,
      )
    }
    const vars = findings.map(of('vars'), '`vars`')
    return [
      {
        pattern: key,
        roles: items.flatMap(item => {
          const name = findings.text(item, 'each of `roles`')
          return name === undefined ? [] : [{ name, position: item.position }]
        }),
        level,
        vars: vars === undefined ? {} : (jsonOf(vars) as JsonObject),
        addresses: addressesOf(body, findings, glob ? key : undefined),
        position: keyPosition,
      },
    ]
  })
  demandUnique(entries, map, findings)
  return { entries, problems: [...problems, ...findings.problems] }
}

/**
 * Computes a minion's assignment from all matching entries: globs first, its own id last. Roles add up; the last `level` and
 * the last value of each var win; addresses come from its own entry. What a join token gave (`enrolled`) comes first. A minion
 * that joined with a token chose its id, so an entry applies only if it covers the whole id or pattern of the token
 * (`joinedAs`). Pure.
 */
export function assign(
  entries: readonly InventoryEntry[],
  id: string,
  enrolled?: {
    readonly roles: readonly string[]
    readonly level: string | undefined
    readonly joinedAs?: string | undefined
  },
): Assignment {
  const joinedAs = enrolled?.joinedAs ?? id
  const { globs, exact } = indexOf(entries)
  const matching = [...globs.filter(({ pattern }) => globMatches(pattern, id)), ...(exact.get(id) ?? [])]
  const counting = joinedAs === id ? matching : matching.filter(({ pattern }) => globWithin(joinedAs, pattern))
  let level = enrolled?.level
  let vars: JsonObject = {}
  const roles = new Set(enrolled?.roles)
  for (const entry of counting) {
    for (const { name } of entry.roles) roles.add(name)
    level = entry.level ?? level
    vars = { ...vars, ...entry.vars }
  }
  return {
    roles: [...roles],
    level,
    vars,
    addresses: counting.flatMap(entry => entry.addresses),
    withheld: matching.filter(entry => !counting.includes(entry)).map(({ pattern }) => pattern),
  }
}

/**
 * Lists roles and levels of entries that cover some ids of a token but not all: minions that joined with it get none of them.
 * Pure.
 */
export function leftOpenBy(
  entries: readonly InventoryEntry[],
  joinedAs: string,
): { readonly roles: readonly string[]; readonly levels: readonly string[] } {
  const open = entries.filter(({ pattern }) => globsMeet(joinedAs, pattern) && !globWithin(joinedAs, pattern))
  return {
    roles: [...new Set(open.flatMap(({ roles }) => roles.map(({ name }) => name)))],
    levels: [...new Set(open.flatMap(({ level }) => level ?? []))],
  }
}

interface Index {
  readonly globs: readonly InventoryEntry[]
  readonly exact: ReadonlyMap<string, readonly InventoryEntry[]>
}

/** Index of entries: without it, an inventory that names each minion would be scanned once per minion. */
const indexes = new WeakMap<readonly InventoryEntry[], Index>()

function indexOf(entries: readonly InventoryEntry[]): Index {
  const known = indexes.get(entries)
  if (known !== undefined) return known
  const { globs = [], named = [] } = Object.groupBy(entries, one => (isGlob(one.pattern) ? 'globs' : 'named'))
  const index = { globs, exact: Map.groupBy(named, ({ pattern }) => pattern) }
  indexes.set(entries, index)
  return index
}

function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern)
}
