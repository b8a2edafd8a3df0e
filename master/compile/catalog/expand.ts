import type { SourcePosition } from '../../../protocol/source.ts'
import type { YamlEntry } from '../../yaml/node.ts'
import { isCondition } from '../language/condition.ts'
import { renderNode, renderText } from '../language/render.ts'
import type { Scope } from '../language/scope.ts'
import { holdsSecret, isTruthy, isValueMap, type Value } from '../language/value.ts'
import type { Declaration } from '../role/declarations.ts'
import type { RoleRenderer } from '../role/library.ts'

/** A declaration with `each` and `when` applied, and everything rendered. */
export interface ExpandedState {
  readonly declaration: Declaration
  readonly id: string
  readonly args: readonly ExpandedArgument[]
  /** The scope of the rendering, also for its template. */
  readonly scope: Scope
}

export interface ExpandedArgument {
  readonly key: string
  readonly keyPosition: SourcePosition
  readonly valuePosition: SourcePosition
  readonly value: Value
}

/** Expands a declaration into states: none when `when` is false, one per item of `each`. */
export function expand(renderer: RoleRenderer, declaration: Declaration, scope: Scope): readonly ExpandedState[] {
  return scopesOf(renderer, declaration, scope).flatMap(inner => {
    if (!isWanted(renderer, declaration, inner)) return []
    const id = renderText(renderer, declaration.id, declaration.idPosition, inner)
    const args = declaration.args.map(entry => renderArgument(renderer, entry, inner))
    if (id === undefined || args.includes(undefined)) return []
    return [{ declaration, id, args: args as readonly ExpandedArgument[], scope: inner }]
  })
}

function scopesOf(renderer: RoleRenderer, { each, as }: Declaration, scope: Scope): readonly Scope[] {
  if (each === undefined) return [scope]
  const value = renderNode(renderer, each, scope)
  if (value === undefined) return []
  const items: readonly Value[] | undefined = Array.isArray(value)
    ? value
    : isValueMap(value)
      ? Object.entries(value).map(([key, item]) => ({ key, value: item }))
      : undefined
  if (items === undefined) {
    const secret = holdsSecret(value)
    renderer.sink.add({
      code: secret ? 'SECRET_IN_EXPRESSION' : 'EXPRESSION_INVALID',
      message: secret ? '`each` cannot use a secret' : `\`each\` must be a list or a map, got ${JSON.stringify(value)}`,
      hint: 'For example, write `each: "{{pillar.some.list}}"`.',
      source: each.position,
    })
    return []
  }
  return items.map(item => ({ ...scope, frames: [...scope.frames, { [as]: item }], self: item }))
}

function isWanted(renderer: RoleRenderer, { when }: Declaration, scope: Scope): boolean {
  if (when === undefined) return true
  if (!isCondition(renderer, when)) return false
  const value = renderNode(renderer, when, scope)
  if (value === undefined) return false
  if (holdsSecret(value)) {
    renderer.sink.add({
      code: 'SECRET_IN_EXPRESSION',
      message: '`when` cannot depend on a secret: the presence of the state would reveal it',
      hint: 'Use a key that is not secret.',
      source: when.position,
    })
    return false
  }
  return isTruthy(value)
}

function renderArgument(
  renderer: RoleRenderer,
  { key, keyPosition, value }: YamlEntry,
  scope: Scope,
): ExpandedArgument | undefined {
  const rendered = renderNode(renderer, value, scope)
  return rendered === undefined ? undefined : { key, keyPosition, valuePosition: value.position, value: rendered }
}
