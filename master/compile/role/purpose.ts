import type { SourcePosition } from '../../../protocol/source.ts'
import type { YamlNode } from '../../yaml/node.ts'
import type { Findings } from '../../yaml/shape.ts'
import { suggest } from '../../yaml/suggest.ts'
import type { CheckDeclaration } from './check-declaration.ts'

/** One purpose of a role, in words, and the checks that prove it. */
export interface Purpose {
  readonly what: string
  readonly checks: readonly string[]
  readonly position: SourcePosition
}

/** Parses `purpose:`, a map from words to one or more checks, or a list of words while there are no checks. Pure. */
export function parsePurposes(node: YamlNode | undefined, findings: Findings): readonly Purpose[] {
  if (node === undefined) return []
  if (node.kind === 'map') {
    return node.entries.map(({ key, keyPosition, value }) => {
      return { what: key, checks: findings.texts(value, `the checks of \`${key}\``), position: keyPosition }
    })
  }
  const items = node.kind === 'list' ? node.items : [node]
  return items.flatMap(item => {
    const what = findings.text(item, 'each of `purpose`')
    return what === undefined ? [] : [{ what, checks: [], position: item.position }]
  })
}

interface Doer {
  readonly name: string
  readonly draft: boolean
  readonly purpose: readonly Purpose[]
  readonly checks: readonly CheckDeclaration[]
}

/** Checks that a finished role proves every purpose; a draft only states them. */
export function judgePurposes({ name, draft, purpose, checks }: Doer, findings: Findings): void {
  if (draft) return
  const known = checks.map(check => check.name)
  for (const { what, checks: named, position } of purpose) {
    if (named.length === 0) {
      findings.invalid(
        position,
        `no check proves that \`${name}\` does \`${what}\``,
        `Name the check that does: \`${what}: ${known[0] ?? 'answers'}\`.`,
      )
    }
    for (const check of named.filter(one => !known.includes(one))) {
      const near = suggest(check, known)
      const hint =
        near === undefined ? `\`${name}\` has the checks ${known.join(', ') || 'none'}.` : `Did you mean \`${near}\`?`
      findings.invalid(position, `\`${name}\` has no check \`${check}\``, hint)
    }
  }
}
