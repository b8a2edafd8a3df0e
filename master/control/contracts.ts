import { Resolver } from 'node:dns/promises'
import type { Json } from '../../protocol/json.ts'
import type { Caller } from '../access/caller.ts'
import { rolesNeeded } from '../compile/role/roles-needed.ts'
import type { ControlContext } from '../context.ts'
import { isPublicAddress } from '../contract/addresses.ts'
import type { ContractInput, ContractJudgement } from '../contract/input.ts'
import { judgeContracts } from '../contract/judge.ts'
import { wantedNames } from '../contract/names.ts'
import { lookUp } from './dns.ts'
import type { FleetSnapshot } from './snapshot.ts'

/** Timeout for DNS: reports do not wait for a broken resolver. */
const DNS_MS = 2000

/**
 * Checks the contracts of all roles across the fleet, based on the last reports of minions about their hosts. With `dns`, names
 * are looked up now; without it, requirements that need DNS are not checked.
 */
export async function judgeFleet(
  context: Pick<ControlContext, 'store' | 'now'>,
  snapshot: FleetSnapshot,
  { dns }: { readonly dns: boolean },
): Promise<ContractJudgement> {
  const asked = contractsOf(context, snapshot)
  const resolver = dns ? new Resolver({ timeout: DNS_MS, tries: 1 }) : undefined
  const answers = resolver === undefined ? undefined : await lookUp(resolver, wantedNames(asked))
  return judgeContracts({ ...asked, dns: answers, now: context.now() })
}

/**
 * Filters findings for a caller: those of minions that their rights for this verb cover, and those of a whole level only if
 * they may see all of it. Pure.
 */
export function shownTo(
  { rights }: Pick<Caller, 'rights'>,
  verb: string,
  { minions }: Pick<FleetSnapshot, 'minions'>,
  { findings, unseen }: ContractJudgement,
): ContractJudgement {
  const hidden = minions.filter(({ view }) => !rights.allowsOn(verb, view))
  const ids = new Set<string>(hidden.map(({ id }) => id))
  const levels = new Set(hidden.map(({ assignment }) => assignment.level))
  return {
    findings: findings.filter(({ minion, level }) => (minion === undefined ? !levels.has(level) : !ids.has(minion))),
    unseen: unseen.filter(id => !ids.has(id)),
  }
}

function contractsOf(
  { store }: Pick<ControlContext, 'store'>,
  { fleet, library, minions }: FleetSnapshot,
): Pick<ContractInput, 'roles' | 'minions' | 'domains'> {
  const needed = rolesNeeded(library)
  return {
    domains: fleet.domains,
    roles: [...library.roles.values()].map(({ name, contract }) => ({ name, contract, needs: needed.get(name) ?? [] })),
    minions: minions.flatMap(({ id, roles, assignment, known }) => {
      const { level, vars } = assignment
      if (level === undefined) return []
      const observed = known === undefined ? undefined : store.reports.observed(id)
      return [{ id, level, roles, observed, translated: textsOf(vars['public_ip']).filter(isPublicAddress) }]
    }),
  }
}

/** Returns one text or a list as a list of texts. */
function textsOf(value: Json | undefined): readonly string[] {
  const items: readonly Json[] = Array.isArray(value) ? value : value === undefined ? [] : [value as Json]
  return items.filter(item => typeof item === 'string')
}
