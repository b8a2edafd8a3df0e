import { WIRE_CHANGES, type WireChange } from './version.ts'

/** The parts of a zod issue that are used here. */
interface ShapeIssue {
  readonly code?: string | undefined
  readonly path: readonly PropertyKey[]
  readonly keys?: readonly string[]
}

/**
 * The version of Saltern that knows all members of an order or catalog; undefined when every version does. Only then is it
 * written into the value, so that older minions accept what they understand. Pure.
 */
export function neededVersion(
  kind: 'order' | 'catalog',
  value: unknown,
  changes: readonly WireChange[] = WIRE_CHANGES,
): string | undefined {
  const used = changes.filter(({ adds }) =>
    adds.some(path => {
      const [first, ...rest] = path.split('.')
      return first === kind && has(value, rest)
    }),
  )
  return used.at(-1)?.version
}

function has(value: unknown, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return value !== undefined
  if (name === '*') return Array.isArray(value) && value.some(item => has(item, rest))
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return false
  return has((value as { readonly [name: string]: unknown })[name], rest)
}

/**
 * Explains why an order or catalog does not match its schema: its unknown members and the version that it says it needs (`from`
 * is the value itself), otherwise the first wrong place. `what` names it, for example `the catalog`. Pure.
 */
export function explainShape(what: string, from: unknown, issues: readonly ShapeIssue[]): string {
  const unknown = issues.flatMap(issue => unknownOf(issue))
  if (unknown.length > 0) {
    const names = unknown.slice(0, 5).map(name => `\`${name}\``)
    const needs = typeof from === 'object' && from !== null && 'needs' in from ? from.needs : undefined
    const version = typeof needs === 'string' ? `version ${needs.slice(0, 32)}` : 'a newer version'
    return `${what} has ${names.join(', ')}, which this version of Saltern does not know: it needs ${version}`
  }
  const where = issues[0]?.path.map(String).join('.') ?? ''
  return `${what} has another shape than this version of Saltern knows${where === '' ? '' : `, at \`${where}\``}`
}

function unknownOf({ code, path, keys }: ShapeIssue): readonly string[] {
  if (code !== 'unrecognized_keys' || keys === undefined) return []
  return keys.map(key => [...path, key].map(String).join('.').slice(0, 80))
}
