import type { SourcePosition } from '../../../protocol/source.ts'
import { nameOfNode, type YamlEntry, type YamlMap, type YamlNode } from '../../yaml/node.ts'
import type { Findings } from '../../yaml/shape.ts'

/** One entry of states.yml before rendering: an id, one state type, and its arguments. */
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
  /** Other keys of this id, which include arguments that are not indented enough. */
  readonly beside: readonly string[]
  /** True when the arguments could not be read, which is already reported; missing ones are then not reported. */
  readonly isUnread: boolean
}

/** Keys that belong beside a state type, not among its arguments. */
export const CONTROL: readonly string[] = ['each', 'as', 'when']

/** Keys of an SLS file that are not ids. */
const SLS_WORDS: ReadonlyMap<string, string> = new Map([
  ['include', 'Name the roles in role.yml: `include: [base]`.'],
  ['extend', 'Use `require_in` or `watch_in` of a state of this role, or change the other role.'],
  ['exclude', 'Use `when` at the state in the other role.'],
])

/** Parses a states.yml. Arguments are a map, or a list of maps as in Salt. Pure. */
export function parseDeclarations(
  role: string,
  root: YamlNode | undefined,
  findings: Findings,
): readonly Declaration[] {
  if (root === undefined || (root.kind === 'scalar' && root.value === null)) return []
  if (root.kind === 'list') {
    findings.invalid(
      root.position,
      `states.yml must be a map, got ${nameOfNode(root)}`,
      'Write an id, a state type and its arguments for each task: `nginx: {pkg.installed: {}}`. See docs/coming-from.md.',
    )
    return []
  }
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
    findings.invalid(as.keyPosition, '`as` requires `each`', 'Add `each: "{{pillar.some.list}}"`.')
  }
  const types = body.entries.filter(({ key }) => !CONTROL.includes(key))
  if (types.length === 0) {
    findings.invalid(keyPosition, `\`${id}\` has no state`, 'Add one, such as `pkg.installed: {}`.')
  }
  return types.map(({ key: type, keyPosition: typePosition, value: args }) => {
    const read = argumentsOf(type, args, findings)
    return {
      role,
      id,
      idPosition: keyPosition,
      type,
      typePosition,
      args: read ?? [],
      each: each?.value,
      as: loopName,
      when: of('when')?.value,
      beside: types.flatMap(({ key }) => (key === type ? [] : [key])),
      isUnread: read === undefined,
    }
  })
}

function bodyOf(id: string, position: SourcePosition, value: YamlNode, findings: Findings): YamlMap | undefined {
  // Salt's short form: `nginx: service.running`.
  if (value.kind === 'scalar' && typeof value.value === 'string' && /^[a-z_]+\.[a-z_]+$/.test(value.value)) {
    const none: YamlMap = { kind: 'map', position: value.position, entries: [] }
    return { kind: 'map', position, entries: [{ key: value.value, keyPosition: value.position, value: none }] }
  }
  const hint = SLS_WORDS.get(id)
  if (hint === undefined || value.kind === 'map') return findings.map(value, `\`${id}\``)
  findings.invalid(position, `\`${id}\` is a keyword of SLS files, not the id of a state`, hint)
  return undefined
}

/**
 * Lists the arguments; undefined when they cannot be read. A word without a dot is not a state type, and only that is reported.
 */
function argumentsOf(type: string, node: YamlNode, findings: Findings): readonly YamlEntry[] | undefined {
  if (node.kind === 'map') return node.entries
  if (node.kind === 'scalar' && node.value === null) return []
  if (!type.includes('.')) return undefined
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
    `Write \`${type}: {argument: value}\`; docs/states.md lists the arguments.`,
  )
  return undefined
}
