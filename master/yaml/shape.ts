import type { Problem } from '../../protocol/errors.ts'
import type { Json } from '../../protocol/json.ts'
import type { SourcePosition } from '../../protocol/source.ts'
import { nameOfNode, type YamlEntry, type YamlMap, type YamlNode } from './node.ts'
import { type Renamed, renamedProblem } from './renamed.ts'
import { suggest } from './suggest.ts'

/** Collects the problems of one file, so that all of them are reported at once. */
export class Findings {
  readonly problems: Problem[] = []
  readonly #lines: readonly string[]

  constructor(text: string) {
    this.#lines = text.split('\n')
  }

  add(problem: Omit<Problem, 'excerpt' | 'source'> & { readonly source: SourcePosition }): void {
    const excerpt = this.#lines[problem.source.line - 1]
    this.problems.push(excerpt === undefined ? problem : { ...problem, excerpt })
  }

  invalid(source: SourcePosition, message: string, hint?: string): void {
    this.add({ code: 'FLEET_INVALID', message, source, ...(hint === undefined ? {} : { hint }) })
  }

  /** Returns the map, or adds a problem and returns undefined. */
  map(node: YamlNode | undefined, what: string): YamlMap | undefined {
    if (node === undefined) return undefined
    if (node.kind === 'map') return node
    this.invalid(node.position, `${what} must be a map, got ${nameOfNode(node)}`)
    return undefined
  }

  /** Returns the text, or adds a problem and returns undefined. */
  text(node: YamlNode | undefined, what: string): string | undefined {
    if (node === undefined) return undefined
    if (node.kind === 'scalar' && typeof node.value === 'string') return node.value
    this.invalid(node.position, `${what} must be text, got ${nameOfNode(node)}`)
    return undefined
  }

  /** Returns a list of texts; a single text counts as a list of one. */
  texts(node: YamlNode | undefined, what: string): readonly string[] {
    if (node === undefined) return []
    const items = node.kind === 'list' ? node.items : [node]
    return items.flatMap(item => this.text(item, `each of ${what}`) ?? [])
  }

  /** Adds a problem for every key that is not one of these; for one in `renamed`, the problem shows the new name. */
  only(map: YamlMap, known: readonly string[], what: string, renamed?: Renamed): void {
    for (const entry of map.entries) {
      const now = renamed?.get(entry.key)
      if (now !== undefined) this.add({ ...renamedProblem(entry.key, now), source: entry.keyPosition })
      else if (!known.includes(entry.key)) this.unknownKey(entry, known, what)
    }
  }

  unknownKey(entry: YamlEntry, known: readonly string[], what: string): void {
    const near = suggest(entry.key, known)
    const hint =
      near === undefined ? `Use one of ${known.map(key => `\`${key}\``).join(', ')}.` : `Did you mean \`${near}\`?`
    this.invalid(entry.keyPosition, `${what} has no key \`${entry.key}\``, hint)
  }
}

/** Returns the plain value of a node; for a sealed one, its text. Pure. */
export function jsonOf(node: YamlNode): Json {
  switch (node.kind) {
    case 'scalar':
      return node.value
    case 'sealed':
      return node.text
    case 'list':
      return node.items.map(jsonOf)
    case 'map':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, jsonOf(value)]))
    default:
      return node satisfies never
  }
}
