import type { Secret } from '../../protocol/secret.ts'
import type { SourcePosition } from '../../protocol/source.ts'

/** What a minion may read of the pillar: plain values and secrets, each with its position. */
export type PillarNode =
  | { readonly kind: 'map'; readonly position: SourcePosition; readonly entries: ReadonlyMap<string, PillarNode> }
  | { readonly kind: 'list'; readonly position: SourcePosition; readonly items: readonly PillarNode[] }
  | { readonly kind: 'value'; readonly position: SourcePosition; readonly value: string | number | boolean | null }
  | { readonly kind: 'secret'; readonly position: SourcePosition; readonly secret: Secret<string> }

/** The root is always a map; when nothing was merged into it, its position names the fleet's top file. */
export type PillarTree = Extract<PillarNode, { kind: 'map' }>

/** Returns the node at a path of keys, or undefined. Pure. */
export function pillarAt(tree: PillarNode, path: readonly string[]): PillarNode | undefined {
  let node: PillarNode | undefined = tree
  for (const key of path) node = node?.kind === 'map' ? node.entries.get(key) : undefined
  return node
}

/** Formats `site.title` as in a pillar file: `site: {title: ...}`. Pure. */
export function nestedKey(dotted: string): string {
  const [first = '', ...rest] = dotted.split('.')
  return `${first}: ${rest.reduceRight((value, key) => `{${key}: ${value}}`, '...')}`
}
