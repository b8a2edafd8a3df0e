import type { Problem } from '../../../protocol/errors.ts'
import { nestedKey, type PillarNode, type PillarTree } from '../../yaml/pillar-tree.ts'
import { suggest } from '../../yaml/suggest.ts'
import { expressionIn } from '../language/foreign-syntax.ts'
import type { RoleLibrary } from './library.ts'

/** Finds expressions in a minion's pillar, which are not evaluated and would end up in files unchanged. Pure. */
export function pillarExpressions(tree: PillarTree): readonly Problem[] {
  return [...leavesOf(tree, [])].flatMap(({ node, path }): readonly Problem[] => {
    const expression = node.kind === 'value' && typeof node.value === 'string' ? expressionIn(node.value) : undefined
    if (expression === undefined) return []
    return [
      {
        code: 'PILLAR_INVALID',
        message: `expressions in a pillar file are not evaluated: \`${expression}\` at \`${path.join('.')}\``,
        hint: 'Compute the value in the role: in its states, or as a default in role.yml.',
        source: node.position,
      },
    ]
  })
}

/**
 * Finds pillar values of a minion that no role declares: otherwise a misspelled key would silently leave the default in force.
 * Sealed values are ignored, because schedules also read them. Pure.
 */
export function undeclaredPillar(library: RoleLibrary, tree: PillarTree): readonly Problem[] {
  // A role that cannot be read could declare anything.
  if ([...library.roles.values()].some(({ problems }) => problems.length > 0)) return []
  const declared = library.declaredKeys
  return [...leavesOf(tree, [])].flatMap(({ node, path }): readonly Problem[] => {
    // A key with a dot is one key, but `site.title` is read as `title` below `site`.
    const plain = path.findIndex(key => key.includes('.'))
    const names = path.slice(0, plain < 0 ? path.length : plain).map((_, index) => path.slice(0, index + 1).join('.'))
    if (node.kind === 'secret' || names.some(name => declared.has(name))) return []
    const dotted = path.filter(key => key !== LIST).join('.')
    const isDeclared = path.some((_, index) => declared.has(path.slice(0, index + 1).join('.')))
    const near = suggest(dotted, declared)
    const hint =
      near === undefined
        ? `Declare it in role.yml: \`pillar: {${dotted}: {type: text}}\`, or remove it.`
        : `Did you mean \`${near}\`?`
    return [
      {
        code: 'PILLAR_UNDECLARED',
        message: isDeclared
          ? `\`${path[plain] ?? ''}\` is one key with a dot in it, so nothing reads it`
          : `no role declares the pillar key \`${dotted}\`, so nothing reads it`,
        hint: isDeclared ? `Write one key inside the other: \`${nestedKey(dotted)}\`.` : hint,
        source: node.position,
      },
    ]
  })
}

/** Path element for the items of a list. */
const LIST = '[]'

function* leavesOf(
  node: PillarNode,
  path: readonly string[],
): Generator<{ readonly node: PillarNode; readonly path: readonly string[] }, void, undefined> {
  if (node.kind === 'map') for (const [key, item] of node.entries) yield* leavesOf(item, [...path, key])
  else if (node.kind === 'list') for (const item of node.items) yield* leavesOf(item, [...path, LIST])
  else yield { node, path }
}
