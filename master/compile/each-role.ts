import { ReadRecord, scopeOf } from './compile.ts'
import type { CompileInput, CompileSubject, SharedInput } from './input.ts'
import { effectiveRoles, type LibraryRole } from './library.ts'
import { ProblemSink } from './problem-sink.ts'
import type { Renderer } from './render.ts'
import type { Scope } from './scope.ts'

/** What each of a minion's roles that `wanted` picks sees before it is compiled: no exports, no certificates. */
export function withEachRole(
  shared: SharedInput,
  subject: CompileSubject,
  wanted: (role: LibraryRole) => boolean,
  use: (role: LibraryRole, scope: Scope, renderer: Renderer) => void,
): ProblemSink {
  const input: CompileInput = { ...shared, subject, exports: new Map(), certificates: new Map() }
  const sink = new ProblemSink(position => shared.library.lineOf(position))
  const renderer: Renderer = { library: shared.library, sink }
  const { roles } = effectiveRoles(shared.library, subject.roles)
  for (const role of roles.filter(wanted)) {
    use(role, scopeOf(input, role, { renderer, reads: new ReadRecord(), effective: roles }), renderer)
  }
  return sink
}
