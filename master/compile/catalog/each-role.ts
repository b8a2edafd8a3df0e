import { ProblemSink } from '../language/problem-sink.ts'
import type { Scope } from '../language/scope.ts'
import type { LibraryRole, RoleRenderer } from '../role/library.ts'
import { ReadRecord, scopeOf } from './compile.ts'
import type { CompileInput, CompileSubject, SharedInput } from './input.ts'
import { RoleViews } from './role-views.ts'

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
  const { roles } = (subject.views ?? new RoleViews()).effective(input)
  for (const role of roles.filter(wanted)) {
    use(role, scopeOf(input, role, { renderer, reads: new ReadRecord(), effective: roles }), renderer)
  }
  return sink
}
