import { ProblemSink } from '../language/problem-sink.ts'
import type { Scope } from '../language/scope.ts'
import type { RoleRenderer } from '../role/library.ts'
import { effectiveRoles, type LibraryRole } from '../role/library.ts'
import { ReadRecord, scopeOf } from './compile.ts'
import type { CompileInput, CompileSubject, SharedInput } from './input.ts'

/**
 * Calls `use` for each of a minion's roles that `wanted` selects, with the scope before compiling: no exports, no certificates.
 */
export function withEachRole(
  shared: SharedInput,
  subject: CompileSubject,
  wanted: (role: LibraryRole) => boolean,
  use: (role: LibraryRole, scope: Scope, renderer: RoleRenderer) => void,
): ProblemSink {
  const input: CompileInput = { ...shared, subject, exports: new Map(), certificates: new Map() }
  const sink = new ProblemSink(position => shared.library.lineOf(position))
  const renderer: RoleRenderer = { library: shared.library, sink }
  const { roles } = effectiveRoles(shared.library, subject.roles)
  for (const role of roles.filter(wanted)) {
    use(role, scopeOf(input, role, { renderer, reads: new ReadRecord(), effective: roles }), renderer)
  }
  return sink
}
