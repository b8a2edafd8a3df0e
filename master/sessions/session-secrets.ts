import { AppError } from '../../protocol/errors.ts'
import type { MinionId } from '../../protocol/ids.ts'
import { reveal } from '../../protocol/secret.ts'
import { openText } from '../certificates/at-rest.ts'
import type { ControlContext } from '../context.ts'
import type { FleetSnapshot } from '../control/snapshot.ts'
import type { PillarNode } from '../yaml/pillar-tree.ts'

/** The secrets that a session could display. */
export interface SessionSecrets {
  /**
   * Lists every secret value that the master puts on a minion: all of the pillar that it may see, whether a role uses it or
   * not, and the keys of its certificates. Only for hiding them in the output of the minion; never for a log. While the pillar
   * has problems, the secrets known before are included; with `all`, the problems are thrown when none were ever known.
   */
  of(
    snapshot: Pick<FleetSnapshot, 'minions' | 'pillar'>,
    minion: MinionId,
    wish: { readonly all: boolean },
  ): readonly string[]
}

export function createSessionSecrets(context: Pick<ControlContext, 'store' | 'keys'>): SessionSecrets {
  const known = new Map<MinionId, readonly string[]>()
  return {
    of: ({ minions, pillar: { problems } }, minion, { all }) => {
      const pillar = minions.find(({ id }) => id === minion)?.subject?.pillar
      const found = [...(pillar === undefined ? [] : secretsOf(pillar)), ...certificateKeys(context, minion)]
      const [problem, ...more] = problems
      if (problem === undefined) {
        known.set(minion, found)
        return [...new Set(found)]
      }
      // An unreadable file, or a value that cannot be opened, yields no secrets to hide.
      const before = known.get(minion)
      if (before === undefined && all) throw new AppError([problem, ...more])
      return [...new Set([...(before ?? []), ...found])]
    },
  }
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
