import type { Problem } from '../../../protocol/errors.ts'
import type { SourcePosition } from '../../../protocol/source.ts'
import { pillarAt } from '../../yaml/pillar-tree.ts'
import { effectiveRoles, type RoleLibrary } from '../role/library.ts'
import type { CompileSubject } from './input.ts'

/** Limit for the minions named in a warning; others are counted. */
const NAMED = 3

interface Unset {
  readonly text: string
  readonly position: SourcePosition
  readonly minions: string[]
}

/** Creates one warning for each pillar key with `unset_warning` that lacks a value on some minion that reads it. Pure. */
export function unsetWarnings(
  library: RoleLibrary,
  subjects: readonly Pick<CompileSubject, 'id' | 'roles' | 'pillar'>[],
): readonly Problem[] {
  const unset = new Map<string, Unset>()
  for (const { id, roles, pillar } of subjects) {
    for (const { path, unsetWarning: text, position } of effectiveRoles(library, roles).roles.flatMap(
      role => role.pillar,
    )) {
      if (text === undefined) continue
      const node = pillarAt(pillar, path)
      if (node !== undefined && !(node.kind === 'value' && node.value === null)) continue
      const key = path.join('.')
      const known = unset.get(key) ?? { text, position, minions: [] }
      if (known.minions.at(-1) !== id) known.minions.push(id)
      unset.set(key, known)
    }
  }
  return [...unset].map(([key, { text, position, minions }]) => ({
    code: 'PILLAR_UNSET',
    message: `\`${key}\` is not set for ${listed(minions)}: ${text}`,
    hint: 'Set it in a pillar file; pillar/top.yml says which minions get it.',
    source: position,
  }))
}

function listed(minions: readonly string[]): string {
  const named = minions.slice(0, NAMED).join(', ')
  return minions.length <= NAMED ? named : `${named} and ${minions.length - NAMED} more`
}
