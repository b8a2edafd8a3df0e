import type { Problem } from '../../protocol/errors.ts'
import type { StateKey } from '../../protocol/ids.ts'
import { formatPosition } from '../../protocol/source.ts'
import type { Ordered } from './graph.ts'
import type { ResolvedState } from './resolve.ts'

/**
 * Two roles that both run one service and both write files of it, where neither includes the other: each would undo what the
 * other one set up. `included` gives a role and those that it includes. Pure; grows with the states and their requisites.
 */
export function serviceClaims({ states }: Ordered, included: (role: string) => readonly string[]): readonly Problem[] {
  const byKey = new Map(states.map(({ state }) => [state.key, state]))
  return states.flatMap(({ state, edges }): readonly Problem[] => {
    if (state.type !== 'service.running' || state.twins === undefined) return []
    const linked = new Set(Object.values(edges).flat())
    const claims = [state, ...state.twins].map(one => ({ one, file: fileOf(one.role, linked, byKey) }))
    const [first, ...others] = claims.filter(({ file }) => file !== undefined)
    const other = others.find(({ one }) => first !== undefined && !areRelated(first.one.role, one.role, included))
    if (first === undefined || other === undefined) return []
    return [problemOf(state.name, first, other)]
  })
}

interface Claim {
  readonly one: ResolvedState
  readonly file: string | undefined
}

/** A file that the role writes and the service depends on. */
function fileOf(
  role: string,
  linked: ReadonlySet<StateKey>,
  byKey: ReadonlyMap<StateKey, ResolvedState>,
): string | undefined {
  for (const key of linked) {
    const state = byKey.get(key)
    const isFile = state?.type.startsWith('file.') === true
    if (isFile && [state, ...(state.twins ?? [])].every(one => one.role === role)) return state.name
  }
  return undefined
}

function areRelated(a: string, b: string, included: (role: string) => readonly string[]): boolean {
  return a === b || included(a).includes(b) || included(b).includes(a)
}

function problemOf(service: string, first: Claim, other: Claim): Problem {
  const [one] = first.one.declaredAt
  const [two] = other.one.declaredAt
  const at = one === undefined ? '' : ` (${formatPosition(one)})`
  return {
    code: 'SERVICE_CLAIMED_TWICE',
    message: `the roles \`${first.one.role}\`${at} and \`${other.one.role}\` both run the service \`${service}\` and both write files of it: \`${first.file}\` and \`${other.file}\``,
    hint: `Let one role run the service and the other one include it (\`include: [${first.one.role}]\`), or give them to different minions.`,
    ...(two === undefined ? {} : { source: two }),
    ...(one === undefined ? {} : { related: [one] }),
  }
}
