import type { Problem } from '../../../protocol/errors.ts'
import type { SourcePosition } from '../../../protocol/source.ts'
import { isNetwork, prefixOf, versionOf } from '../../address/address.ts'
import { renderNode } from '../language/render.ts'
import type { Scope } from '../language/scope.ts'
import type { Value } from '../language/value.ts'
import { ALLOCATION_EXAMPLE, type AllocationDeclaration } from '../role/allocation-declaration.ts'
import type { RoleRenderer } from '../role/library.ts'
import type { AllocationRange } from './allocation-range.ts'
import { watchClaims } from './claims.ts'
import { withEachRole } from './each-role.ts'
import type { CompileSubject, SharedInput } from './input.ts'

/** An allocation that a minion needs before its catalog is compiled. */
export interface AllocationRequest {
  /** `role/name`: the pool in which the value is unique, across all levels. */
  readonly allocation: string
  readonly range: AllocationRange
  readonly position: SourcePosition
}

/** Collects the allocations that a minion's roles need; problems are those of expressions and of invalid ranges. */
export function allocationRequests(
  shared: SharedInput,
  subject: CompileSubject,
): { readonly requests: readonly AllocationRequest[]; readonly problems: readonly Problem[] } {
  const requests: AllocationRequest[] = []
  const wanted = ({ allocations }: { readonly allocations: readonly AllocationDeclaration[] }): boolean =>
    allocations.length > 0
  const sink = withEachRole(shared, subject, wanted, (role, scope, renderer) => {
    for (const { name, range, position } of role.allocations) {
      const watched = watchClaims(scope)
      const rendered = renderRange(range, renderer, watched.scope)
      if (rendered === undefined) continue
      if (watched.claimed()) {
        // An allocated value counts as trusted, so a minion must not influence it.
        const message = `the range of the allocation \`${name}\` depends on grains, which the minion reports about itself`
        const hint = 'Use the pillar, `minion.vars` or `minion.address`.'
        renderer.sink.add({ code: 'ADDRESS_UNTRUSTED', message, hint, source: position })
      } else if ('wrong' in rendered) {
        const message = `the allocation \`${name}\` needs ${rendered.wrong}`
        renderer.sink.add({ code: 'ROLE_INVALID', message, hint: ALLOCATION_EXAMPLE, source: position })
      } else requests.push({ allocation: `${role.name}/${name}`, range: rendered, position })
    }
  })
  return { requests, problems: sink.problems }
}

type Rendered = AllocationRange | { readonly wrong: string } | undefined

function renderRange(range: AllocationDeclaration['range'], renderer: RoleRenderer, scope: Scope): Rendered {
  if (range.kind === 'number') {
    const [from, to] = [renderNode(renderer, range.from, scope), renderNode(renderer, range.to, scope)]
    if (from === undefined || to === undefined) return undefined
    if (!isWhole(from) || !isWhole(to) || from > to) return { wrong: 'whole numbers, `from` not above `to`' }
    return { kind: 'number', from, to }
  }
  const [within, length] = [renderNode(renderer, range.within, scope), renderNode(renderer, range.length, scope)]
  if (within === undefined || length === undefined) return undefined
  const outer = typeof within === 'string' && isNetwork(within) ? prefixOf(within) : undefined
  if (typeof within !== 'string' || outer === undefined) return { wrong: 'a network as `within`' }
  const longest = versionOf(within) === 4 ? 32 : 128
  if (!isWhole(length) || length < outer || length > longest) {
    return { wrong: `a \`length\` from ${outer} to ${longest}` }
  }
  return { kind: 'prefix', within, length }
}

function isWhole(value: Value): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value)
}
