import type { Problem } from '../../../protocol/errors.ts'
import type { Json } from '../../../protocol/json.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { renderNode } from '../language/render.ts'
import type { Scope } from '../language/scope.ts'
import { expectedBy, type TypeExpression } from '../language/types.ts'
import { holdsSecret, type Value } from '../language/value.ts'
import type { RoleRenderer } from '../role/library.ts'
import type { ExportDeclaration } from '../role/role.ts'
import { foreignAddress, isOwn, unprintable, watchClaims } from './claims.ts'
import type { CompileSubject } from './input.ts'
import { fits } from './pillar-view.ts'

/** Decides whether other minions may see what a minion publishes. Pure, but for the sink of the renderer. */

interface Claim {
  readonly value: Value
  readonly type: TypeExpression
}

/** A value, and the parts of it that come from claims. */
export interface Rendered {
  readonly value: Value
  readonly claims: readonly Claim[]
}

/** Renders each scalar separately, so that one that reads grains does not turn its neighbours into claims. */
export function renderClaims(
  renderer: RoleRenderer,
  node: YamlNode,
  type: TypeExpression,
  scope: Scope,
): Rendered | undefined {
  if (node.kind === 'map' && (type.kind === 'record' || type.kind === 'map')) {
    const parts = node.entries.map(({ key, value }) => {
      const inner = type.kind === 'map' ? type.item : type.fields.get(key)?.type
      return [key, inner === undefined ? undefined : renderClaims(renderer, value, inner, scope)] as const
    })
    if (parts.every((part): part is readonly [string, Rendered] => part[1] !== undefined)) {
      const value = Object.fromEntries(parts.map(([key, part]) => [key, part.value]))
      return { value, claims: parts.flatMap(([, part]) => part.claims) }
    }
    if (node.entries.every(({ key }) => type.kind === 'map' || type.fields.has(key))) return undefined
  }
  if (node.kind === 'list' && type.kind === 'list') {
    const parts = node.items.map(item => renderClaims(renderer, item, type.item, scope))
    if (!parts.every(part => part !== undefined)) return undefined
    return { value: parts.map(({ value }) => value), claims: parts.flatMap(({ claims }) => claims) }
  }
  const watched = watchClaims(scope)
  const value = renderNode(renderer, node, watched.scope)
  if (value === undefined) return undefined
  return { value, claims: watched.claimed() ? [{ value, type }] : [] }
}

/** Checks a value that a role derives; undefined when it may be published. */
export function judgeDerived(
  role: string,
  declaration: ExportDeclaration,
  subject: CompileSubject,
  { value, claims }: Rendered,
): Problem | undefined {
  const { name, type, position } = declaration
  if (holdsSecret(value) || !fits(value, type)) {
    const found = holdsSecret(value) ? 'a secret' : JSON.stringify(value)
    return {
      code: 'EXPORT_INVALID',
      message: `the export \`${name}\` of the role \`${role}\` must be ${expectedBy(type)}; ${subject.id} sent ${found}`,
      hint: `Set the right value for \`${subject.id}\`; its trusted address is \`minion.address\`, not a grain.`,
      source: position,
    }
  }
  for (const claim of claims) {
    const problem = judgeClaim(role, declaration, subject, claim)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** Checks a value that the minion reported, all of which is a claim; undefined when it may be published. */
export function judgeReported(
  role: string,
  declaration: ExportDeclaration,
  subject: CompileSubject,
  reported: Json,
): Problem | undefined {
  const value = reported as Value
  return judgeDerived(role, declaration, subject, { value, claims: [{ value, type: declaration.type }] })
}

function judgeClaim(
  role: string,
  { name, position }: ExportDeclaration,
  subject: CompileSubject,
  { value, type }: Claim,
): Problem | undefined {
  // A wrong shape is reported for the whole value.
  if (!fits(value, type)) return undefined
  const what = `the export \`${name}\` of the role \`${role}\``
  const address = foreignAddress(value, type, subject.addresses ?? [])
  if (address !== undefined) {
    return {
      code: 'ADDRESS_UNTRUSTED',
      message: `${what}: ${subject.id} claims ${JSON.stringify(address)}, which is not an address held for it`,
      hint: addressHint(subject, address),
      source: position,
    }
  }
  const text = unprintable(value, type)
  if (text === undefined) return undefined
  return {
    code: 'ADDRESS_UNTRUSTED',
    message: `${what}: the text of ${subject.id} must be one line without quotes, backslashes, \`;\`, braces, \`$\` and backticks, got ${JSON.stringify(text.slice(0, 80))}`,
    hint: 'Declare the export as `type: free_text`, and quote it wherever it is written.',
    source: position,
  }
}

/** Checks a certificate name that only the minion claims: an address must be its own, and any other name is refused. */
export function claimedName(certificate: string, text: string, subject: CompileSubject): Problem | undefined {
  const [, address] = /^IP:(.*)$/i.exec(text) ?? []
  if (address !== undefined && isOwn(address, subject.addresses ?? [])) return undefined
  return {
    code: 'ADDRESS_UNTRUSTED',
    message: `the certificate \`${certificate}\`: ${subject.id} claims the name \`${text}\`, which is not an address held for it`,
    hint:
      address === undefined
        ? 'Build the name from `minion.id`, the pillar or `minion.vars`: a grain is only a claim.'
        : addressHint(subject, address),
  }
}

function addressHint({ id, addresses = [] }: CompileSubject, claimed: string): string {
  const place = claimed.replace(/:\d+$/, '')
  const line = addresses.length === 0 ? place : `[${[...addresses, place].join(', ')}]`
  return `Use \`{{minion.address}}\` in the role, or, if the claim is right, add it to inventory.yml: \`${id}: {address: ${line}}\`.`
}
