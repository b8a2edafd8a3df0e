import type { Problem } from '../../../protocol/errors.ts'
import type { StateKey } from '../../../protocol/ids.ts'
import { formatPosition } from '../../../protocol/source.ts'
import type { Ordered } from './graph.ts'
import type { ResolvedState } from './resolve.ts'

/** `problems` are conflicts; `warnings` are files that can coexist but that each role should know about. */
export interface ServiceClaims {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

interface Claim {
  readonly one: ResolvedState
  /** Files that only this role writes and that trigger the service. */
  readonly files: readonly ResolvedState[]
}

const WRITES: ReadonlySet<string> = new Set(['file.managed', 'file.downloaded', 'file.symlink', 'file.blockreplace'])

/** The default site of a web server, which can only exist once. */
const DEFAULT_SITE = /\/sites-(?:enabled|available)\/default$/

/**
 * Finds roles that run one service with files of their own and do not include each other: a problem when each would undo the
 * other's setup, otherwise a warning. Different arguments of the service were reported earlier (DECLARED_TWICE). `included`
 * gives a role and those it includes. Pure; linear in states, quadratic in the roles that run one service.
 */
export function serviceClaims({ states }: Ordered, included: (role: string) => readonly string[]): ServiceClaims {
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const byKey = new Map(states.map(({ state }) => [state.key, state]))
  for (const { state, edges } of states) {
    if (state.type !== 'service.running' || state.duplicates === undefined) continue
    const acting = new Set([...(edges.watch ?? []), ...(edges.onchanges ?? [])])
    const runners = [state, ...state.duplicates]
    const claims = runners.map(one => ({ one, files: filesOf(one.role, acting, byKey) }))
    const areRelated = (a: string, b: string): boolean => {
      const [ofA, ofB] = [included(a), included(b)]
      return runners.some(({ role }) => ofA.includes(role) && ofB.includes(role))
    }
    for (const [index, first] of claims.entries()) {
      for (const other of claims.slice(index + 1)) {
        const pair = pairOf(first, other)
        if (pair === undefined || areRelated(first.one.role, other.one.role)) continue
        if (pair.isConflict) problems.push(problemOf(state.name, first, other, pair))
        else warnings.push(warningOf(state.name, first, other, pair))
      }
    }
  }
  return { problems, warnings }
}

function filesOf(
  role: string,
  acting: ReadonlySet<StateKey>,
  byKey: ReadonlyMap<StateKey, ResolvedState>,
): readonly ResolvedState[] {
  return [...acting].flatMap(key => {
    const state = byKey.get(key)
    if (state === undefined || !WRITES.has(state.type)) return []
    return [state, ...(state.duplicates ?? [])].every(one => one.role === role) ? [state] : []
  })
}

interface Pair {
  readonly mine: ResolvedState
  readonly theirs: ResolvedState
  readonly isConflict: boolean
}

/** Picks one file of each role, preferring files that conflict; undefined when one role writes none. */
function pairOf(first: Claim, other: Claim): Pair | undefined {
  const [mine] = first.files
  const [theirs] = other.files
  if (mine === undefined || theirs === undefined) return undefined
  const whole = first.files.flatMap(one => {
    // Blocks with different markers can share a file.
    const same = other.files.find(
      ({ name, type }) => name === one.name && (type !== 'file.blockreplace' || type !== one.type),
    )
    return same === undefined ? [] : [{ mine: one, theirs: same }]
  })[0]
  if (whole !== undefined) return { ...whole, isConflict: true }
  const isDefault = ({ name }: ResolvedState): boolean => DEFAULT_SITE.test(name)
  const site = first.files.find(isDefault) ?? mine
  const otherSite = other.files.find(isDefault) ?? theirs
  return { mine: site, theirs: otherSite, isConflict: isDefault(site) || isDefault(otherSite) }
}

function problemOf(service: string, first: Claim, other: Claim, pair: Pair): Problem {
  return {
    code: 'SERVICE_CLAIMED_TWICE',
    ...toldOf(service, first, other, pair),
    hint: `Let one role run the service and the other one include it (\`include: [${first.one.role}]\`) and name the service at its file (\`watch_in: [{service: ${service}}]\`), or give them to different minions.`,
  }
}

function warningOf(service: string, first: Claim, other: Claim, pair: Pair): Problem {
  return {
    code: 'SERVICE_SHARED',
    ...toldOf(service, first, other, pair),
    hint: `This is fine if the files are compatible. To remove the warning, let one role include the other (\`include: [${first.one.role}]\`) and name the service at its file (\`watch_in: [{service: ${service}}]\`).`,
  }
}

function toldOf(
  service: string,
  first: Claim,
  other: Claim,
  { mine, theirs }: Pair,
): Pick<Problem, 'message' | 'source' | 'related'> {
  const [one] = first.one.declaredAt
  const [two] = other.one.declaredAt
  const at = one === undefined ? '' : ` (${formatPosition(one)})`
  return {
    message: `the roles \`${first.one.role}\`${at} and \`${other.one.role}\` both run the service \`${service}\` and both write files for it: \`${mine.name}\` and \`${theirs.name}\``,
    ...(two === undefined ? {} : { source: two }),
    ...(one === undefined ? {} : { related: [one] }),
  }
}
