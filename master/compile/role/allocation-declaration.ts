import type { SourcePosition } from '../../../protocol/source.ts'
import { entryOf, type YamlEntry, type YamlNode } from '../../yaml/node.ts'
import type { Findings } from '../../yaml/shape.ts'

/** A unique value for each minion of a role; the master assigns it and keeps it. */
export interface AllocationDeclaration {
  readonly name: string
  readonly position: SourcePosition
  readonly range:
    | { readonly kind: 'number'; readonly from: YamlNode; readonly to: YamlNode }
    | { readonly kind: 'prefix'; readonly within: YamlNode; readonly length: YamlNode }
}

const KEYS = ['from', 'to', 'within', 'length', 'help']
export const ALLOCATION_EXAMPLE =
  'For example, write `server_id: {from: 1, to: 65535}` or `prefix: {within: "2001:db8::/44", length: 48}`.'

/** Parses one entry of `allocations:`. Pure. */
export function parseAllocation(
  { key, keyPosition, value }: YamlEntry,
  findings: Findings,
): readonly AllocationDeclaration[] {
  const what = `the allocation \`${key}\``
  const map = findings.map(value, what)
  if (map === undefined) return []
  findings.only(map, KEYS, what)
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(key)) {
    findings.invalid(
      keyPosition,
      `\`${key}\` is not a valid name of an allocation`,
      'Use a-z, 0-9 and `_`, such as `server_id`.',
    )
  }
  const of = (name: string): YamlNode | undefined => entryOf(map, name)?.value
  const [from, to, within, length] = [of('from'), of('to'), of('within'), of('length')]
  const declared = { name: key, position: keyPosition }
  if (from !== undefined && to !== undefined && within === undefined && length === undefined) {
    return [{ ...declared, range: { kind: 'number', from, to } }]
  }
  if (within !== undefined && length !== undefined && from === undefined && to === undefined) {
    return [{ ...declared, range: { kind: 'prefix', within, length } }]
  }
  findings.invalid(keyPosition, `${what} needs \`from\` and \`to\`, or \`within\` and \`length\``, ALLOCATION_EXAMPLE)
  return []
}
