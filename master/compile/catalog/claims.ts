import { cidrContains, isNetwork } from '../../address/address.ts'
import type { Scope } from '../language/scope.ts'
import { SCALAR_TYPES, type TypeExpression } from '../language/types.ts'
import { isValueMap, type Value } from '../language/value.ts'

/**
 * Tracks claims, which are values that a minion reports about itself, and where other minions' files may use them. Whether a
 * value is a claim depends on what its expression read, not on its result, so no helper can hide it. Pure.
 */

/** Wraps a scope to record whether anything evaluated in it has read a claim. */
export function watchClaims(scope: Scope): { readonly scope: Scope; readonly claimed: () => boolean } {
  let claimed = false
  const { environment } = scope
  return {
    scope: {
      ...scope,
      environment: {
        ...environment,
        onRead: path => {
          if (environment.isClaim(path)) claimed = true
          environment.onRead(path)
        },
        exported: (role, name) => {
          claimed = true
          return environment.exported(role, name)
        },
      },
    },
    claimed: () => claimed,
  }
}

/** True when a path below `pillar` equals, contains, or lies within a claimed one. */
export function touches(claimed: ReadonlySet<string>, path: readonly string[]): boolean {
  const dotted = path.join('.')
  return [...claimed].some(one => one === dotted || one.startsWith(`${dotted}.`) || dotted.startsWith(`${one}.`))
}

/** Finds the first address of a claimed value outside the minion's own addresses; undefined when there is none. */
export function foreignAddress(value: Value, type: TypeExpression, own: readonly string[]): string | undefined {
  return leavesOf(value, type).find(({ scalar, text }) => {
    if (!ADDRESSES.has(scalar)) return false
    const place = scalar === 'endpoint' ? text.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1') : text
    return !isOwn(place, own)
  })?.text
}

/** Checks whether an address or a whole network lies within the minion's addresses. A network of length 0 never does. */
export function isOwn(place: string, own: readonly string[]): boolean {
  if (isNetwork(place) && /\/0+$/.test(place)) return false
  return own.some(held => cidrContains(held, place) === true)
}

/** Finds the first text of a claimed value that could break out of its context in a file; undefined when there is none. */
export function unprintable(value: Value, type: TypeExpression): string | undefined {
  return leavesOf(value, type).find(({ scalar, text }) => {
    return scalar === 'free_text' ? !SCALAR_TYPES.free_text.accepts(text) : !isPlainText(text)
  })?.text
}

const LONGEST = 4096

/** True for one line of printable characters without those special to shells, config files or templates. Pure. */
export function isPlainText(text: string): boolean {
  return text.length <= LONGEST && /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u.test(text) && !/["'\\;{}$`]/.test(text)
}

const ADDRESSES: ReadonlySet<string> = new Set(['address', 'endpoint', 'cidr'])

interface Leaf {
  readonly scalar: string
  readonly text: string
}

/** Lists every text in a value with its type, including map keys. The value must fit the type. */
function leavesOf(value: Value, type: TypeExpression): readonly Leaf[] {
  if (typeof value === 'string') return [{ scalar: type.kind === 'scalar' ? type.name : type.kind, text: value }]
  if (Array.isArray(value)) {
    return type.kind === 'list' ? value.flatMap((item: Value) => leavesOf(item, type.item)) : []
  }
  if (!isValueMap(value)) return []
  return Object.entries(value).flatMap(([key, item]) => {
    if (type.kind === 'map') return [{ scalar: 'text', text: key }, ...leavesOf(item, type.item)]
    const field = type.kind === 'record' ? type.fields.get(key) : undefined
    return field === undefined ? [] : leavesOf(item, field.type)
  })
}
