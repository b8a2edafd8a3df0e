import type { Grant } from '../fleet/operators.ts'
import { matches, type TargetView } from '../target/match.ts'
import type { Rights } from './caller.ts'
import { LOOK, type RightsTable } from './verb-right.ts'

/** Computes the rights that these grants give; anything they do not name is refused. Pure. */
export function rightsOf(grants: readonly Grant[], table: RightsTable): Rights {
  const of = (verb: string): readonly Grant[] => grants.filter(grant => covers(grant, verb, table))
  const everywhere = (verb: string): boolean => of(verb).some(({ target }) => target.kind === 'all')
  return {
    allows: verb => {
      const { on } = table.get(verb) ?? {}
      return on === 'public' || (on === 'fleet' ? everywhere(verb) : of(verb).length > 0)
    },
    allowsOn: (verb, minion) => of(verb).some(({ target }) => matches(target, minion)),
    everywhere,
    sees: minion => grants.some(({ target }) => matches(target, minion)),
    seesAll: () => grants.some(({ target }) => target.kind === 'all'),
    needsFleet: verb => table.get(verb)?.on === 'fleet',
  }
}

function covers({ verbs }: Grant, verb: string, table: RightsTable): boolean {
  if (verbs.includes(verb) || verbs.includes('*')) return true
  return verbs.includes(LOOK) && table.get(verb)?.kind === 'read'
}

/** A caller's rights that record what was checked, so the checks can be repeated while the request is in progress. */
export interface HeldRights extends Rights {
  /** The revoked right: its minions, or none when the whole verb was revoked. Undefined while all rights remain. */
  lost(): { readonly verb: string; readonly minions: readonly string[] } | undefined
}

/** Records rights that can change with fleet.yml. Constant rights need no recording. */
export function holdRights(rights: Rights): HeldRights {
  const verbs = new Set<string>()
  const all = new Set<string>()
  const minions = new Map<string, { readonly verb: string; readonly minion: TargetView }>()
  const kept = (holds: boolean, keep: () => void): boolean => {
    if (holds) keep()
    return holds
  }
  return {
    allows: verb => kept(rights.allows(verb), () => verbs.add(verb)),
    allowsOn: (verb, minion) =>
      kept(rights.allowsOn(verb, minion), () => minions.set(`${verb} ${minion.id}`, { verb, minion })),
    everywhere: verb => kept(rights.everywhere(verb), () => all.add(verb)),
    // Not recorded: no longer seeing a minion revokes nothing that the request was started with.
    sees: minion => rights.sees(minion),
    seesAll: () => rights.seesAll(),
    needsFleet: verb => rights.needsFleet(verb),
    lost: () => {
      for (const verb of verbs) if (!rights.allows(verb)) return { verb, minions: [] }
      for (const verb of all) if (!rights.everywhere(verb)) return { verb, minions: [] }
      for (const { verb, minion } of minions.values()) {
        if (!rights.allowsOn(verb, minion)) return { verb, minions: [minion.id] }
      }
      return undefined
    },
  }
}
