import type { Problem } from '../../protocol/errors.ts'
import { FLEET_FILE } from '../fleet/fleet-file.ts'
import { isCondition, namedIds } from '../target/target.ts'
import type { FleetSnapshot } from './snapshot.ts'

type Named = Pick<FleetSnapshot, 'minions'> & { readonly fleet: Pick<FleetSnapshot['fleet'], 'groups' | 'inventory'> }

/** Minions that joined with the name of a group or of a condition: a target word then has two meanings. Pure. */
export function sharedNames({ fleet, minions }: Named): readonly Problem[] {
  return minions.flatMap(({ id }): readonly Problem[] => {
    const group = fleet.groups.get(id)
    if (group !== undefined) {
      const message = `\`${id}\` is a group, and a minion that joined`
      return [{ code: 'FLEET_INVALID', message, source: group.position, hint: 'Rename the group.' }]
    }
    if (!isCondition(id)) return []
    const message = `the minion \`${id}\` has the name of a target word`
    const hint = `\`${id}\` in a target never means this minion: write \`id=${id}\`, or join it by another id.`
    return [{ code: 'FLEET_INVALID', message, source: { file: FLEET_FILE, line: 1, column: 1 }, hint }]
  })
}

/** Ids in groups that no minion has, as far as is known: usually a typing mistake, or a minion that was removed. Pure. */
export function strangersInGroups({ fleet, minions }: Named): readonly Problem[] {
  const known = new Set<string>(minions.map(({ id }) => id))
  return [...fleet.groups].flatMap(([name, { target, position }]) => {
    return namedIds(target)
      .filter(id => !known.has(id))
      .map((id): Problem => {
        const message = `the group \`${name}\` names \`${id}\`, which has not joined and is not in inventory.yml`
        return { code: 'FLEET_INVALID', message, source: position, hint: 'Take it out, or correct the id.' }
      })
  })
}
