import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type ScalarTag,
} from 'yaml'
import type { Problem } from '../../protocol/errors.ts'
import type { SourcePosition } from '../../protocol/source.ts'
import type { YamlEntry, YamlNode } from './node.ts'
import { syntaxErrors } from './syntax-errors.ts'

export interface ParsedYaml {
  /** Undefined when the text is empty or has problems. */
  readonly root: YamlNode | undefined
  readonly problems: readonly Problem[]
}

const SEALED = '!sealed'

const sealedTag: ScalarTag = { tag: SEALED, resolve: text => ({ sealed: text }), identify: () => false }

/** Parses YAML 1.2 with the core schema; warnings are errors. `file` is its name in problems. Pure. */
export function parseYaml(text: string, file: string): ParsedYaml {
  const counter = new LineCounter()
  const document = documentOf(text, counter)
  const lines = text.split('\n')
  const place = (offset: number): SourcePosition => {
    const { line, col } = counter.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const problem = (offset: number, message: string, hint?: string): Problem => {
    const source = place(offset)
    const excerpt = lines[source.line - 1]
    return {
      code: 'YAML_INVALID',
      message,
      source,
      ...(hint === undefined ? {} : { hint }),
      ...(excerpt === undefined ? {} : { excerpt }),
    }
  }
  if (document.errors.length + document.warnings.length > 0) {
    // In a file with other errors, report duplicate keys only while comparing all keys is fast.
    const isSmall = text.length <= SMALL
    const first = isSmall ? documentOf(text, undefined, sameKey) : document
    const problems = syntaxErrors(text, first, copy => documentOf(copy, undefined, isSmall && sameKey))
    return { root: undefined, problems: problems.map(({ offset, message, hint }) => problem(offset, message, hint)) }
  }
  const found: Problem[] = []
  const convert = (node: unknown, offset: number): YamlNode => convertNode(node, { place, found, problem, offset })
  const root = document.contents === null ? undefined : convert(document.contents, 0)
  return { root: found.length > 0 ? undefined : root, problems: found }
}

/** Maximum length in characters of a file in which each key may be compared with every other one. */
const SMALL = 50_000

function sameKey(a: unknown, b: unknown): boolean {
  return isScalar(a) && isScalar(b) && textOfKey(a) === textOfKey(b)
}

/** Parses a document. `uniqueKeys` compares each key of a map with every other one; `repeatedKeys` does it in linear time. */
function documentOf(
  text: string,
  lineCounter = new LineCounter(),
  uniqueKeys: false | typeof sameKey = false,
): Document.Parsed {
  return parseDocument(text, {
    version: '1.2',
    schema: 'core',
    strict: true,
    uniqueKeys,
    lineCounter,
    customTags: [sealedTag],
    prettyErrors: false,
  })
}

interface Conversion {
  readonly place: (offset: number) => SourcePosition
  readonly found: Problem[]
  readonly problem: (offset: number, message: string, hint?: string) => Problem
  /** Start of the node's parent, for a node that has no text of its own. */
  readonly offset: number
}

function convertNode(node: unknown, context: Conversion): YamlNode {
  const { place, found, problem } = context
  const offset = (node as Node | null)?.range?.[0] ?? context.offset
  const position = place(offset)
  const inside = { ...context, offset }
  if (isAlias(node)) {
    found.push(problem(offset, 'anchors and aliases are not supported', 'Write the value out, or put it in pillar.'))
  } else if (isMap(node)) {
    const entries = node.items.flatMap(pair => convertPair(pair, inside))
    for (const at of repeatedKeys(node.items))
      found.push(problem(at, 'a key appears twice in one map', 'Remove one of the two.'))
    return { kind: 'map', position, entries }
  } else if (isSeq(node)) {
    return { kind: 'list', position, items: node.items.map(item => convertNode(isPair(item) ? null : item, inside)) }
  } else if (isScalar(node)) {
    return convertScalar(node, position)
  }
  return { kind: 'scalar', position, value: null, source: '', style: 'plain' }
}

/**
 * Returns the offsets of keys that repeat an earlier key of their map, compared by their text: `1.10` and `1.1` are two.
 * Linear. Pure.
 */
function repeatedKeys(pairs: readonly Pair[]): readonly number[] {
  const seen = new Set<string>()
  return pairs.flatMap(({ key }) => {
    if (!isScalar(key)) return []
    const text = textOfKey(key)
    if (seen.has(text)) return [key.range?.[0] ?? 0]
    seen.add(text)
    return []
  })
}

function convertPair(pair: Pair, context: Conversion): readonly YamlEntry[] {
  const { place, found, problem } = context
  const offset = (pair.key as Node | null)?.range?.[0] ?? context.offset
  if (!isScalar(pair.key)) {
    found.push(
      problem(offset, 'a key is plain text, got a map or list', 'Quote an expression: `name: "{{pillar.app.name}}"`.'),
    )
    return []
  }
  const key = textOfKey(pair.key)
  return [{ key, keyPosition: place(offset), value: convertNode(pair.value, { ...context, offset }) }]
}

function convertScalar(node: Scalar, position: SourcePosition): YamlNode {
  const value: unknown = node.value
  if (typeof value === 'object' && value !== null && 'sealed' in value && typeof value.sealed === 'string') {
    return { kind: 'sealed', position, text: value.sealed }
  }
  const style =
    node.type?.startsWith('BLOCK') === true ? 'block' : node.type?.startsWith('QUOTE') === true ? 'quoted' : 'plain'
  const source = node.source ?? ''
  const plain = typeof value === 'string' || typeof value === 'boolean' ? value : null
  return {
    kind: 'scalar',
    position,
    value: typeof value === 'number' ? numberOrText(value, source) : plain,
    source,
    style,
  }
}

/** Keeps the written text of a number that does not reproduce it, such as `1.10`, `010` or one of 20 digits. */
function numberOrText(value: number, source: string): number | string {
  return String(value) === source ? value : source
}

function textOfKey(key: Scalar): string {
  return key.source ?? String(key.value)
}
