import { plainNumberHint } from '../../../states/kinds.ts'
import { nameOfNode, type YamlNode } from '../../yaml/node.ts'
import type { Findings } from '../../yaml/shape.ts'

interface Bounds {
  readonly least: number
  readonly most?: number
}

/** Reads a whole number from role.yml; undefined, with a problem, for anything else. `1.0` is text in YAML, so it is refused. */
export function wholeNumberOf(
  node: YamlNode | undefined,
  what: string,
  findings: Findings,
  { least, most }: Bounds,
): number | undefined {
  if (node === undefined) return undefined
  const value = node.kind === 'scalar' ? node.value : undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= (most ?? value)) return value
  const wanted = most === undefined ? 'a whole number' : `a whole number from ${least} to ${most}`
  const hint = typeof value === 'string' ? plainNumberHint(value) : undefined
  findings.invalid(node.position, `${what} must be ${wanted}, got ${nameOfNode(node)}`, hint)
  return undefined
}
