import { type AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import { Secret } from '../../protocol/secret.ts'
import type { YamlNode } from '../yaml/node.ts'
import { parseYaml } from '../yaml/parse.ts'
import type { PillarNode, PillarTree } from '../yaml/pillar-tree.ts'
import { openValue, type PillarKeyPair } from './envelope.ts'

/** What is needed to open sealed values. */
export interface Opener {
  readonly fleet: string
  readonly keys: readonly PillarKeyPair[]
}

export interface ParsedPillar {
  readonly tree: PillarTree
  readonly problems: readonly Problem[]
}

/** Parses a pillar file into a tree with positions and opens sealed values into Secrets. Pure. */
export function parsePillarFile(text: string, file: string, opener: Opener): ParsedPillar {
  const { root, problems } = parseYaml(text, file)
  const empty: PillarTree = { kind: 'map', position: { file, line: 1, column: 1 }, entries: new Map() }
  if (root === undefined) return { tree: empty, problems }
  const found: Problem[] = []
  const tree = convert(root, [], opener, found)
  if (tree.kind === 'map') return { tree, problems: found }
  if (tree.kind === 'value' && tree.value === null) return { tree: empty, problems: found }
  found.push({ code: 'FLEET_INVALID', message: `a pillar file must be a map`, source: root.position })
  return { tree: empty, problems: found }
}

/** Merges two trees: maps key by key; otherwise the later value wins. Pure. */
export function mergePillar(earlier: PillarTree, later: PillarTree): PillarTree {
  const entries = new Map(earlier.entries)
  for (const [key, node] of later.entries) {
    const before = entries.get(key)
    entries.set(key, before?.kind === 'map' && node.kind === 'map' ? mergePillar(before, node) : node)
  }
  return { kind: 'map', position: later.position, entries }
}

function convert(node: YamlNode, path: readonly string[], opener: Opener, found: Problem[]): PillarNode {
  const { position } = node
  switch (node.kind) {
    case 'scalar':
      return { kind: 'value', position, value: node.value }
    case 'list':
      return { kind: 'list', position, items: node.items.map(item => convert(item, [...path, '[]'], opener, found)) }
    case 'map': {
      const entries = node.entries.map(
        ({ key, value }) => [key, convert(value, [...path, segmentOf(key)], opener, found)] as const,
      )
      return { kind: 'map', position, entries: new Map(entries) }
    }
    case 'sealed': {
      const dotted = path.join('.')
      try {
        const clear = openValue(node.text, { fleet: opener.fleet, path: dotted }, opener.keys)
        return { kind: 'secret', position, secret: new Secret(clear, dotted) }
      } catch (thrown) {
        const [problem] = problemsOf(thrown as AppError)
        found.push({ ...problem, source: position })
        return { kind: 'value', position, value: null }
      }
    }
    default:
      return node satisfies never
  }
}

/**
 * Quotes a key with a dot or bracket, so that it cannot be confused with a path of two keys or a list: sealed values are bound
 * to this path.
 */
function segmentOf(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key)
}
