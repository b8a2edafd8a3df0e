import type { Problem } from '../../protocol/errors.ts'
import { reveal } from '../../protocol/secret.ts'
import type { SourcePosition } from '../../protocol/source.ts'
import type { PillarNode, PillarTree } from '../yaml/pillar-tree.ts'

/** Shorter secrets can be hidden only where they are whole words, so they are refused. */
const SHORTEST_SECRET = 6
/** Shorter secrets give a warning: they are easy to guess, and hiding them also hides the same letters elsewhere. */
const SHORTEST_QUIET = 8

export interface ShortSecrets {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/** Checks the length of one secret, without showing its value. `insist`: gives a warning instead of a refusal. Pure. */
export function judgeSecret(
  { path, value, position }: { readonly path: string; readonly value: string; readonly position?: SourcePosition },
  insist: boolean,
): ShortSecrets {
  const { length } = value
  if (length >= SHORTEST_QUIET) return { problems: [], warnings: [] }
  const characters = length === 1 ? '1 character' : `${length} characters`
  const found: Problem = {
    code: 'PILLAR_SECRET_SHORT',
    message: `the secret \`${path}\` has ${characters}${length < SHORTEST_SECRET ? `, at least ${SHORTEST_SECRET} are required` : `, ${SHORTEST_QUIET} or more are recommended`}`,
    hint: `Use a longer one: \`openssl rand -base64 24 | master pillar set ${path}\`${length < SHORTEST_SECRET && !insist ? ', or override the check with `--short`' : ''}.`,
    ...(position === undefined ? {} : { source: position }),
  }
  return length < SHORTEST_SECRET && !insist ? { problems: [found], warnings: [] } : { problems: [], warnings: [found] }
}

/** Checks every secret of all pillar files, in their order. Pure. */
export function shortSecrets(files: ReadonlyMap<string, PillarTree>, insist: boolean): ShortSecrets {
  const judged = [...files.values()].flatMap(tree => secretsIn(tree)).map(one => judgeSecret(one, insist))
  return {
    problems: judged.flatMap(({ problems }) => problems),
    warnings: judged.flatMap(({ warnings }) => warnings),
  }
}

function secretsIn(
  node: PillarNode,
): readonly { readonly path: string; readonly value: string; readonly position: SourcePosition }[] {
  switch (node.kind) {
    case 'secret':
      return [{ path: node.secret.path, value: reveal(node.secret), position: node.position }]
    case 'list':
      return node.items.flatMap(secretsIn)
    case 'map':
      return [...node.entries.values()].flatMap(secretsIn)
    case 'value':
      return []
    default:
      return node satisfies never
  }
}
