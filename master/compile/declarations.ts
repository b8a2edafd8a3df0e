import type { SourcePosition } from '../../protocol/source.ts'
import { nameOfNode, type YamlEntry, type YamlMap, type YamlNode } from '../yaml/node.ts'
import type { Findings } from '../yaml/shape.ts'

/** One entry of a states.yml before anything is rendered: an id, one state type, and its arguments. */
export interface Declaration {
  readonly role: string
  readonly id: string
  readonly idPosition: SourcePosition
  readonly type: string
  readonly typePosition: SourcePosition
  readonly args: readonly YamlEntry[]
  readonly each: YamlNode | undefined
  /** Name of the loop variable. */
  readonly as: string
  readonly when: YamlNode | undefined
}

const CONTROL = ['each', 'as', 'when']

/** Reads a states.yml. Arguments are a map, or Salt's list of maps. Pure. */
export function parseDeclarations(
  role: string,
  root: YamlNode | undefined,
  findings: Findings,
): readonly Declaration[] {
  if (root === undefined || (root.kind === 'scalar' && root.value === null)) return []
  const map = findings.map(root, 'states.yml')
  return (map?.entries ?? []).flatMap(entry => declarationsOf(role, entry, findings))
}

function declarationsOf(
  role: string,
  { key: id, keyPosition, value }: YamlEntry,
  findings: Findings,
): readonly Declaration[] {
  const body = bodyOf(id, keyPosition, value, findings)
  if (body === undefined) return []
  const of = (name: string) => body.entries.find(entry => entry.key === name)
  const as = of('as')
  const each = of('each')
  const loopName = findings.text(as?.value, '`as`') ?? 'item'
  if (as !== undefined && !/^[a-z][a-z0-9_]*$/i.test(loopName)) {
    findings.invalid(as.value.position, `\`as\` must be a name, got \`${loopName}\``, 'For example, write `as: db`.')
  }
  if (as !== undefined && each === undefined) {
    findings.invalid(as.keyPosition, '`as` stands without `each`', 'Add `each: "{{pillar.some.list}}"`.')
  }
  const types = body.entries.filter(({ key }) => !CONTROL.includes(key))
  if (types.length === 0) {
    findings.invalid(keyPosition, `\`${id}\` has no state`, 'Add one, such as `pkg.installed: {}`.')
  }
  return types.map(({ key: type, keyPosition: typePosition, value: args }) => ({
    role,
    id,
    idPosition: keyPosition,
    type,
    typePosition,
    args: argumentsOf(type, args, findings),
    each: each?.value,
    as: loopName,
    when: of('when')?.value,
  }))
}

function bodyOf(id: string, position: SourcePosition, value: YamlNode, findings: Findings): YamlMap | undefined {
  // Salt's short form: `nginx: service.running`.
  if (value.kind === 'scalar' && typeof value.value === 'string' && /^[a-z_]+\.[a-z_]+$/.test(value.value)) {
    const none: YamlMap = { kind: 'map', position: value.position, entries: [] }
    return { kind: 'map', position, entries: [{ key: value.value, keyPosition: value.position, value: none }] }
  }
  return findings.map(value, `\`${id}\``)
}

function argumentsOf(type: string, node: YamlNode, findings: Findings): readonly YamlEntry[] {
  if (node.kind === 'map') return node.entries
  if (node.kind === 'scalar' && node.value === null) return []
  if (node.kind === 'list') {
    return node.items.flatMap(item => {
      if (item.kind === 'map') return item.entries
      findings.invalid(item.position, `each argument of \`${type}\` must be \`name: value\`, got ${nameOfNode(item)}`)
      return []
    })
  }
  findings.invalid(
    node.position,
    `the arguments of \`${type}\` must be a map, got ${nameOfNode(node)}`,
    `For example, write \`${type}: {}\`.`,
  )
  return []
}
