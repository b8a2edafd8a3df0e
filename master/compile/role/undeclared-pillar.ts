import type { Problem } from '../../../protocol/errors.ts'
import { nestedKey, type PillarNode, type PillarTree } from '../../yaml/pillar-tree.ts'
import { suggest } from '../../yaml/suggest.ts'
import { expressionIn } from '../language/foreign-syntax.ts'
import type { RoleLibrary } from './library.ts'

/** Expressions in a minion's pillar: they are not evaluated, so they would stand in a file as they are. Pure. */
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
 * Values of a minion's pillar that no role of the fleet declares: without an error a misspelt key would silently leave the
 * default in force. Sealed values are left out, since schedules read them too. Pure.
 */
export function undeclaredPillar(library: RoleLibrary, tree: PillarTree): readonly Problem[] {
  // A role that cannot be read may declare anything.
  if ([...library.roles.values()].some(({ problems }) => problems.length > 0)) return []
  const declared = library.declaredKeys
  return [...leavesOf(tree, [])].flatMap(({ node, path }): readonly Problem[] => {
    // A key with a dot is one key: `site.title` is read as `title` below `site`.
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

/** Stands for the items of a list in a path. */
const LIST = '[]'

function* leavesOf(
  node: PillarNode,
  path: readonly string[],
): Generator<{ readonly node: PillarNode; readonly path: readonly string[] }, void, undefined> {
  if (node.kind === 'map') for (const [key, item] of node.entries) yield* leavesOf(item, [...path, key])
  else if (node.kind === 'list') for (const item of node.items) yield* leavesOf(item, [...path, LIST])
  else yield { node, path }
}
