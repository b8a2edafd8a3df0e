import type { MinionId } from '../../protocol/ids.ts'
import { reveal } from '../../protocol/secret.ts'
import { openText } from '../certificates/at-rest.ts'
import type { PillarNode } from '../yaml/pillar-tree.ts'
import type { ControlContext } from './context.ts'
import type { FleetSnapshot } from './snapshot.ts'

/**
 * Every secret value that lies on a minion by what the master gives it: all of the pillar that it may see, whether a role
 * uses it or not, and the keys of its certificates. For what hides them in what the minion shows; never for a log.
 */
export function secretsFor(
  context: Pick<ControlContext, 'store' | 'keys'>,
  { minions }: Pick<FleetSnapshot, 'minions'>,
  minion: MinionId,
): readonly string[] {
  const pillar = minions.find(({ id }) => id === minion)?.subject?.pillar
  return [...new Set([...(pillar === undefined ? [] : secretsOf(pillar)), ...certificateKeys(context, minion)])]
}

function secretsOf(node: PillarNode): readonly string[] {
  switch (node.kind) {
    case 'secret':
      return [reveal(node.secret)]
    case 'list':
      return node.items.flatMap(secretsOf)
    case 'map':
      return [...node.entries.values()].flatMap(secretsOf)
    case 'value':
      return []
    default:
      return node satisfies never
  }
}

function certificateKeys({ store, keys }: Pick<ControlContext, 'store' | 'keys'>, minion: MinionId): readonly string[] {
  return store.certificates.list().flatMap(listed => {
    const issued = listed.minion === minion ? store.certificates.get(minion, listed.name) : undefined
    if (issued === undefined) return []
    return [openText(issued.sealedKey, `certificate key ${minion}/${issued.name}`, keys.atRest)]
  })
}
