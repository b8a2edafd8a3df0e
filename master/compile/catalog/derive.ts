import type { Problem } from '../../../protocol/errors.ts'
import type { MinionId } from '../../../protocol/ids.ts'
import type { Json } from '../../../protocol/json.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { renderNode } from '../language/render.ts'
import { effectiveRoles, type LibraryRole, type RoleLibrary } from '../role/library.ts'
import { watchClaims } from './claims.ts'
import { withEachRole } from './each-role.ts'
import type {
  CompileSubject,
  ExportedValue,
  Exports,
  Pending,
  Refused,
  RefusedExport,
  Reported,
  SharedInput,
} from './input.ts'
import { claimedName, judgeDerived, judgeReported, renderClaims } from './judge-export.ts'

const PUBLISHES = ({ exports }: LibraryRole): boolean => exports.length > 0
const CERTIFIES = ({ certificates }: LibraryRole): boolean => certificates.length > 0

/** A certificate that a role needs for a minion, to be issued before compiling. */
export interface CertificateRequest {
  readonly name: string
  readonly commonName: string
  /** `IP:10.0.0.1` or `DNS:db1`. */
  readonly altNames: readonly string[]
  readonly days: number
}

/**
 * Derives the exports of all minions of one level before any of them is compiled, so the order never matters. A minion that has
 * never connected exports nothing yet. A value that does not fit its type is in `refused` and blocks only its readers.
 */
export function deriveExports(
  shared: SharedInput,
  subjects: readonly CompileSubject[],
  reported: Reported = new Map(),
): { readonly exports: Exports; readonly pending: Pending; readonly refused: Refused; readonly unfit: Refused } {
  const exports = new Map<string, Map<string, ExportedValue[]>>()
  const pending = new Map<string, MinionId[]>()
  const refused = new Map<string, RefusedExport[]>()
  const unfit = new Map<string, RefusedExport[]>()
  const publish = (role: string, name: string, one: ExportedValue): void => {
    const byName = exports.get(role) ?? new Map<string, ExportedValue[]>()
    exports.set(role, byName)
    const values = byName.get(name) ?? []
    values.push(one)
    byName.set(name, values)
  }
  for (const subject of subjects) {
    withEachRole(shared, subject, PUBLISHES, (role, scope, renderer) => {
      for (const declaration of role.exports) {
        const path = `${role.name}/${declaration.name}`
        if (declaration.value === undefined) {
          const value = reported.get(subject.id)?.[path]
          // An invalid report counts as missing: only minions that read it wait.
          const wrong = value === undefined ? undefined : judgeReported(role.name, declaration, subject, value)
          if (wrong !== undefined) push(unfit, path, { minion: subject.id, problem: wrong })
          if (value === undefined || wrong !== undefined) push(pending, path, subject.id)
          else publish(role.name, declaration.name, { minion: subject.id, value })
          continue
        }
        const rendered = renderClaims(renderer, declaration.value, declaration.type, scope)
        if (rendered === undefined || subject.grains === undefined) continue
        const problem = judgeDerived(role.name, declaration, subject, rendered)
        if (problem !== undefined) push(refused, path, { minion: subject.id, problem })
        else publish(role.name, declaration.name, { minion: subject.id, value: rendered.value as Json })
      }
    })
  }
  return { exports, pending, refused, unfit }
}

function push<One>(map: Map<string, One[]>, key: string, one: One): void {
  const all = map.get(key) ?? []
  all.push(one)
  map.set(key, all)
}

/**
 * Collects the certificates that a minion's roles need; problems are those of expressions, and of names that only the minion
 * claims.
 */
export function certificateRequests(
  shared: SharedInput,
  subject: CompileSubject,
): { readonly requests: readonly CertificateRequest[]; readonly problems: readonly Problem[] } {
  const requests: CertificateRequest[] = []
  const sink = withEachRole(shared, subject, CERTIFIES, (role, scope, renderer) => {
    for (const { name, commonName, altNames, days } of role.certificates) {
      const judged = (node: YamlNode): string | undefined => {
        const watched = watchClaims(scope)
        const value = renderNode(renderer, node, watched.scope)
        if (typeof value !== 'string') return undefined
        const problem = watched.claimed() ? claimedName(name, value, subject) : undefined
        if (problem === undefined) return value
        renderer.sink.add({ ...problem, source: node.position })
        return undefined
      }
      const common = judged(commonName)
      const names = altNames.map(judged)
      if (common !== undefined && names.every(item => item !== undefined)) {
        requests.push({ name, commonName: common, altNames: names, days })
      }
    }
  })
  return { requests, problems: sink.problems }
}

/** Lists the roles whose exports a minion's effective roles read: those producers are applied in an earlier wave. Pure. */
export function producersOf(reads: { readonly exports: readonly string[] }): readonly string[] {
  return [...new Set(reads.exports.map(path => path.slice(0, path.indexOf('.'))))]
}

/** Lists the assigned and included roles of a minion, by name; the compile reports unknown roles and cycles. Pure. */
export function effectiveRoleNames(library: RoleLibrary, assigned: readonly string[]): readonly string[] {
  return effectiveRoles(library, assigned).roles.map(({ name }) => name)
}
