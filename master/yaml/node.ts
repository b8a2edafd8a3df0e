import type { SourcePosition } from '../../protocol/source.ts'

/** A YAML text with the position of every key and value. */
export type YamlNode = YamlMap | YamlList | YamlScalar | YamlSealed

export interface YamlMap {
  readonly kind: 'map'
  readonly position: SourcePosition
  readonly entries: readonly YamlEntry[]
}

export interface YamlEntry {
  readonly key: string
  readonly keyPosition: SourcePosition
  readonly value: YamlNode
}

interface YamlList {
  readonly kind: 'list'
  readonly position: SourcePosition
  readonly items: readonly YamlNode[]
}

export interface YamlScalar {
  readonly kind: 'scalar'
  readonly position: SourcePosition
  /** A number only when its decimal form equals the source: `010` and `1.10` are text. */
  readonly value: string | number | boolean | null
  /** As written, such as `0644`. */
  readonly source: string
  /** `block` scalars begin on the line after their position. */
  readonly style: 'plain' | 'quoted' | 'block'
}

/** `!sealed v1:...` */
interface YamlSealed {
  readonly kind: 'sealed'
  readonly position: SourcePosition
  readonly text: string
}

export function entryOf(map: YamlMap, key: string): YamlEntry | undefined {
  return map.entries.find(entry => entry.key === key)
}

/** Describes a node in an error. */
export function nameOfNode(node: YamlNode): string {
  switch (node.kind) {
    case 'map':
      return 'a map'
    case 'list':
      return `a list of ${node.items.length}`
    case 'sealed':
      return 'a sealed value'
    case 'scalar':
      if (node.value === null) return 'nothing'
      return typeof node.value === 'string' ? `the text ${JSON.stringify(node.value)}` : `\`${node.source}\``
    default:
      return node satisfies never
  }
}
