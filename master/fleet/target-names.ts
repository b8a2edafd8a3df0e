import type { SourcePosition } from '../../protocol/source.ts'
import { type Target, termsOf } from '../target/target.ts'
import type { Findings } from '../yaml/shape.ts'
import { suggest } from '../yaml/suggest.ts'

/** What targets in fleet.yml can name. */
export interface NameFacts {
  readonly levels: readonly string[]
  /** undefined: not known here, so not looked at. */
  readonly roles: readonly string[] | undefined
}

/** Adds a problem for every role and level of a target that the fleet does not have. */
export function checkNames(
  target: Target,
  position: SourcePosition,
  findings: Findings,
  { levels, roles }: NameFacts,
): void {
  for (const { field, exact } of termsOf(target)) {
    const known = field === 'level' ? levels : field === 'role' ? roles : undefined
    if (known === undefined) continue
    for (const name of [...exact].filter(one => !known.includes(one))) {
      const near = suggest(name, known)
      const hint = near === undefined ? undefined : `Did you mean \`${field}=${near}\`?`
      findings.invalid(position, `there is no ${field} \`${name}\`; there are ${known.join(', ')}`, hint)
    }
  }
}
