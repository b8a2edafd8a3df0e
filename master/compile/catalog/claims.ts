import { cidrContains, isNetwork } from '../../address/address.ts'
import type { Scope } from '../language/scope.ts'
import { SCALAR_TYPES, type TypeExpression } from '../language/types.ts'
import { isValueMap, type Value } from '../language/value.ts'

/**
 * What a minion says of itself, and what may become of it in the files of others. Whether a value is such a claim is
 * decided by what its expression read, not by what came out: no helper can hide that. Pure.
 */

/** The same scope, and whether anything that was evaluated in it since read what a minion says. */
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

/** True when a path below `pillar` is one of these, holds one, or lies in one. */
export function touches(claimed: ReadonlySet<string>, path: readonly string[]): boolean {
  const dotted = path.join('.')
  return [...claimed].some(one => one === dotted || one.startsWith(`${dotted}.`) || dotted.startsWith(`${one}.`))
}

/** The first address of a claimed value that lies in none of the minion's own; undefined: there is none. */
export function foreignAddress(value: Value, type: TypeExpression, own: readonly string[]): string | undefined {
  return leavesOf(value, type).find(({ scalar, text }) => {
    if (!ADDRESSES.has(scalar)) return false
    const place = scalar === 'endpoint' ? text.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1') : text
    return !isOwn(place, own)
  })?.text
}

/** An address, or a network as a whole, lies in what the minion holds. The whole internet is nobody's. */
export function isOwn(place: string, own: readonly string[]): boolean {
  if (isNetwork(place) && /\/0+$/.test(place)) return false
  return own.some(held => cidrContains(held, place) === true)
}

/** The first text of a claimed value that could break out of its place in a file; undefined: there is none. */
export function unprintable(value: Value, type: TypeExpression): string | undefined {
  return leavesOf(value, type).find(({ scalar, text }) => {
    return scalar === 'free_text' ? !SCALAR_TYPES.free_text.accepts(text) : !isPlainText(text)
  })?.text
}

const LONGEST = 4096

/** One line of printable characters, and none that means something to a shell, a config file or a template. Pure. */
export function isPlainText(text: string): boolean {
  return text.length <= LONGEST && /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u.test(text) && !/["'\\;{}$`]/.test(text)
}

const ADDRESSES: ReadonlySet<string> = new Set(['address', 'endpoint', 'cidr'])

interface Leaf {
  readonly scalar: string
  readonly text: string
}

/** Every text in a value with its type, names of entries too. The value fits the type. */
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
