import type { Problem } from '../../../protocol/errors.ts'
import { Secret } from '../../../protocol/secret.ts'
import type { SourcePosition } from '../../../protocol/source.ts'
import { describeValue, plainNumberHint } from '../../../states/kinds.ts'
import { nestedKey, type PillarNode, type PillarTree, pillarAt } from '../../yaml/pillar-tree.ts'
import { suggest } from '../../yaml/suggest.ts'
import { renderNode } from '../language/render.ts'
import type { Scope } from '../language/scope.ts'
import { expectedBy, SCALAR_TYPES, type ScalarType, type TypeExpression } from '../language/types.ts'
import { isValueMap, Rendered, type Value, type ValueMap } from '../language/value.ts'
import type { RoleRenderer } from '../role/library.ts'
import type { PillarDeclaration } from '../role/role.ts'
import { watchClaims } from './claims.ts'

type Words = Omit<Problem, 'source' | 'excerpt'>

/** What a role sees as `pillar`: only its declared keys. */
export interface PillarView {
  readonly values: ValueMap
  /** Dotted paths whose default comes from claims. */
  readonly claimed: ReadonlySet<string>
  /** Explains why a path below `pillar` has no value. */
  explain(path: readonly string[]): Words
}

/** Checks every declared key against the minion's pillar and fills in defaults, which can use the names in `scope`. */
export function viewPillar(
  renderer: RoleRenderer,
  declarations: readonly PillarDeclaration[],
  { tree, minion, scope }: { readonly tree: PillarTree; readonly minion: string; readonly scope: Scope },
): PillarView {
  const values: MutableMap = {}
  const failed = new Map<string, Words>()
  const claimed = new Set<string>()
  for (const declaration of declarations) {
    const dotted = declaration.path.join('.')
    const fail = (words: Words, source: SourcePosition): void => {
      failed.set(dotted, words)
      renderer.sink.add({ ...words, source })
    }
    const node = pillarAt(tree, declaration.path)
    if (node !== undefined && !(node.kind === 'value' && node.value === null)) {
      const checked = checkNode(node, declaration.type, dotted)
      if ('value' in checked) put(values, declaration.path, checked.value)
      else fail(checked.words, checked.at)
    } else if (declaration.default !== undefined) {
      const watched = watchClaims(scope)
      const value = renderNode(renderer, declaration.default, watched.scope)
      if (watched.claimed()) claimed.add(dotted)
      if (value !== undefined && fits(value, declaration.type)) put(values, declaration.path, value)
      else if (value !== undefined) {
        fail(wrongDefault(dotted, declaration.type, value), declaration.default.position)
      }
    } else if (declaration.optional) {
      put(values, declaration.path, null)
    } else {
      fail(missing(dotted, minion, declaration.type), declaration.position)
    }
  }
  const declared = declarations.map(({ path }) => path.join('.'))
  return { values, claimed, explain: path => failed.get(path.join('.')) ?? explain(path, declared, tree) }
}

function missing(dotted: string, minion: string, type: TypeExpression): Words {
  return {
    code: 'PILLAR_MISSING',
    message: `the pillar key \`${dotted}\` has no value for ${minion}: expected ${expectedBy(type)}`,
    hint:
      type.kind === 'secret'
        ? `Seal one: \`master pillar set ${dotted} < file\`.`
        : `Write \`${nestedKey(dotted)}\` into a pillar file; pillar/top.yml says which minions get it.`,
  }
}

function explain(path: readonly string[], declared: readonly string[], tree: PillarTree): Words {
  const dotted = path.join('.')
  const near = suggest(dotted, declared)
  const there = pillarAt(tree, path) !== undefined
  return {
    code: 'PILLAR_UNDECLARED',
    message: `the pillar key \`${dotted}\` is not declared by this role${there ? ', though it has a value' : ''}`,
    hint:
      near === undefined
        ? `Declare it in role.yml: \`pillar: {${dotted}: {type: text}}\`.`
        : `Did you mean \`pillar.${near}\`?`,
  }
}

interface MutableMap {
  [key: string]: Value
}

function put(values: MutableMap, path: readonly string[], value: Value): void {
  let map = values
  for (const key of path.slice(0, -1)) {
    const next = map[key]
    const inner: MutableMap = isValueMap(next) ? (next as MutableMap) : {}
    map[key] = inner
    map = inner
  }
  map[path.at(-1) ?? ''] = value
}

type CheckedNode = { readonly value: Value } | { readonly words: Words; readonly at: SourcePosition }

function checkNode(node: PillarNode, type: TypeExpression, path: string): CheckedNode {
  const wrong = (hint?: string): CheckedNode => {
    const message = `the pillar key \`${path}\` must be ${expectedBy(type)}, got ${nameOf(node)}`
    return { words: { code: 'PILLAR_INVALID', message, ...(hint === undefined ? {} : { hint }) }, at: node.position }
  }
  if (type.kind === 'secret') {
    return node.kind === 'secret' ? { value: node.secret } : wrong(`Seal it: \`master pillar set ${path} < file\`.`)
  }
  if (node.kind === 'secret') return wrong('Declare it as `type: secret`, or write it in plain text.')
  if (type.kind === 'list' && node.kind === 'list') {
    return all(
      node.items.map((item, index) => [String(index), checkNode(item, type.item, `${path}[${index}]`)]),
      entries => {
        return entries.map(([, value]) => value)
      },
    )
  }
  if (type.kind === 'map' && node.kind === 'map') {
    const checks = [...node.entries].map(([key, item]) => [key, checkNode(item, type.item, `${path}.${key}`)] as const)
    return all(checks, Object.fromEntries)
  }
  if (type.kind === 'record' && node.kind === 'map') return checkRecord(node, type, path)
  if (node.kind !== 'value') return wrong()
  if (type.kind === 'one-of') return type.choices.includes(String(node.value)) ? { value: node.value } : wrong()
  if (type.kind !== 'scalar') return wrong()
  if (SCALAR_TYPES[type.name].accepts(node.value)) return { value: node.value }
  return wrong(hintFor(type.name, node.value))
}

function wrongDefault(path: string, type: TypeExpression, value: Value): Words {
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  const found = isPlain ? `, got ${describeValue(value)}` : ''
  const hint = type.kind === 'scalar' ? hintFor(type.name, value) : undefined
  const message = `the default of \`${path}\` must be ${expectedBy(type)}${found}`
  return { code: 'PILLAR_INVALID', message, ...(hint === undefined ? {} : { hint }) }
}

/** Suggests how to write a pillar value in its required type; undefined when it cannot be converted. */
function hintFor(type: ScalarType, value: unknown): string | undefined {
  if (typeof value === 'string') return type === 'integer' || type === 'port' ? plainNumberHint(value) : undefined
  if (typeof value !== 'number' && typeof value !== 'boolean') return undefined
  if (type === 'mode') return typeof value === 'number' ? `Put it in quotes: "0${value}".` : undefined
  return SCALAR_TYPES[type].accepts(String(value)) ? `Put it in quotes: "${value}".` : undefined
}

function checkRecord(node: PillarTree, type: Extract<TypeExpression, { kind: 'record' }>, path: string): CheckedNode {
  for (const [key, item] of node.entries) {
    if (type.fields.has(key)) continue
    const near = suggest(key, type.fields.keys())
    const words: Words = {
      code: 'PILLAR_INVALID',
      message: `\`${path}\` has no key \`${key}\`; it has ${[...type.fields.keys()].join(', ')}`,
      ...(near === undefined ? {} : { hint: `Did you mean \`${near}\`?` }),
    }
    return { words, at: item.position }
  }
  const checks = [...type.fields].map(([key, field]): readonly [string, CheckedNode] => {
    const item = node.entries.get(key)
    if (item !== undefined) return [key, checkNode(item, field.type, `${path}.${key}`)]
    if (field.optional) return [key, { value: null }]
    const message = `\`${path}\` needs \`${key}\`: ${expectedBy(field.type)}`
    return [key, { words: { code: 'PILLAR_INVALID', message }, at: node.position }]
  })
  return all(checks, Object.fromEntries)
}

function all(
  checks: readonly (readonly [string, CheckedNode])[],
  join: (entries: readonly (readonly [string, Value])[]) => Value,
): CheckedNode {
  const entries: (readonly [string, Value])[] = []
  for (const [key, checked] of checks) {
    if (!('value' in checked)) return checked
    entries.push([key, checked.value])
  }
  return { value: join(entries) }
}

/** Checks whether a rendered value has a type. Secrets fit only `secret`. Pure. */
export function fits(value: Value, type: TypeExpression): boolean {
  switch (type.kind) {
    case 'scalar':
      return SCALAR_TYPES[type.name].accepts(value)
    case 'secret':
      return value instanceof Secret || value instanceof Rendered
    case 'one-of':
      return typeof value === 'string' && type.choices.includes(value)
    case 'list':
      return Array.isArray(value) && value.every((item: Value) => fits(item, type.item))
    case 'map':
      return isValueMap(value) && Object.values(value).every(item => fits(item, type.item))
    case 'record':
      return (
        isValueMap(value) &&
        Object.keys(value).every(key => type.fields.has(key)) &&
        [...type.fields].every(([key, field]) =>
          Object.hasOwn(value, key) ? fits(value[key] as Value, field.type) : field.optional,
        )
      )
    default:
      return type satisfies never
  }
}

function nameOf(node: PillarNode): string {
  if (node.kind === 'secret') return 'a sealed value'
  if (node.kind === 'list') return `a list of ${node.items.length}`
  if (node.kind === 'map') return 'a map'
  return typeof node.value === 'string'
    ? `the text ${JSON.stringify(node.value.slice(0, 60))}`
    : `\`${String(node.value)}\``
}
