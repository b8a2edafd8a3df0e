import type { Problem } from '../../protocol/errors.ts'
import type { MinionId } from '../../protocol/ids.ts'
import { isJsonObject, type Json } from '../../protocol/json.ts'
import { withEachRole } from './each-role.ts'
import type {
  CompileInput,
  CompileSubject,
  ExportedValue,
  Exports,
  Pending,
  Refused,
  RefusedExport,
  Reported,
} from './input.ts'
import { effectiveRoles, type LibraryRole, type RoleLibrary } from './library.ts'
import { fits } from './pillar-view.ts'
import { renderNode } from './render.ts'
import type { ExportDeclaration } from './role.ts'
import { expectedBy } from './types.ts'
import { holdsSecret, type Value } from './value.ts'

/** Everything of a compile but the subject and what is derived here. */
export type SharedInput = Omit<CompileInput, 'subject' | 'exports' | 'pending' | 'refused' | 'certificates'>

const PUBLISHES = ({ exports }: LibraryRole): boolean => exports.length > 0
const CERTIFIES = ({ certificates }: LibraryRole): boolean => certificates.length > 0

/** A certificate that a role wants for a minion: to be issued before compiling. */
export interface CertificateRequest {
  readonly name: string
  readonly commonName: string
  /** `IP:10.0.0.1` or `DNS:db1`. */
  readonly altNames: readonly string[]
  readonly days: number
}

/**
 * All derived exports of minions of one level, before any of them is compiled: order never matters. A minion that has
 * never connected exports nothing yet. A value that does not fit its type is in `refused` and stops only its readers.
 */
export function deriveExports(
  shared: SharedInput,
  subjects: readonly CompileSubject[],
  reported: Reported = new Map(),
): { readonly exports: Exports; readonly pending: Pending; readonly refused: Refused } {
  const exports = new Map<string, Map<string, ExportedValue[]>>()
  const pending = new Map<string, MinionId[]>()
  const refused = new Map<string, RefusedExport[]>()
  const publish = (role: string, name: string, one: ExportedValue): void => {
    const byName = exports.get(role) ?? new Map<string, ExportedValue[]>()
    exports.set(role, byName)
    const all = byName.get(name)
    if (all === undefined) byName.set(name, [one])
    else all.push(one)
  }
  for (const subject of subjects) {
    const silent = subject.grains === undefined
    withEachRole(shared, subject, PUBLISHES, (role, scope, renderer) => {
      for (const declaration of role.exports) {
        if (declaration.value === undefined) {
          const path = `${role.name}/${declaration.name}`
          const value = reported.get(subject.id)?.[path]
          // A minion that tells nonsense is as one that has told nothing: only its readers wait.
          if (value !== undefined && isPlain(value) && fits(value as Value, declaration.type)) {
            publish(role.name, declaration.name, { minion: subject.id, value })
          } else if (pending.get(path)?.push(subject.id) === undefined) pending.set(path, [subject.id])
          continue
        }
        const value = renderNode(renderer, declaration.value, scope)
        if (value === undefined || silent) continue
        if (holdsSecret(value) || !fits(value, declaration.type)) {
          const path = `${role.name}/${declaration.name}`
          const problem = notFitting(role.name, declaration, subject.id, value)
          refused.set(path, [...(refused.get(path) ?? []), { minion: subject.id, problem }])
          continue
        }
        publish(role.name, declaration.name, { minion: subject.id, value: value as Json })
      }
    })
  }
  return { exports, pending, refused }
}

function notFitting(role: string, { name, type, position }: ExportDeclaration, minion: string, value: Value): Problem {
  const found = holdsSecret(value) ? 'a secret' : JSON.stringify(value)
  return {
    code: 'EXPORT_INVALID',
    message: `the export \`${name}\` of the role \`${role}\` must be ${expectedBy(type)}; ${minion} sent ${found}`,
    hint: `A grain is only a claim: set the right value for \`${minion}\` in inventory.yml, for example \`ip4:\`.`,
    source: position,
  }
}

const LONGEST = 4096

/** What a minion reported goes into files of others: one line each, and no control characters. */
function isPlain(value: Json): boolean {
  if (typeof value === 'string') return value.length <= LONGEST && !/\p{Cc}/u.test(value)
  if (Array.isArray(value)) return value.every(item => isPlain(item as Json))
  if (!isJsonObject(value)) return true
  return Object.entries(value).every(([key, item]) => isPlain(key) && isPlain(item))
}

/** The certificates that a minion's roles want; problems are those of the expressions. */
export function certificateRequests(
  shared: SharedInput,
  subject: CompileSubject,
): { readonly requests: readonly CertificateRequest[]; readonly problems: readonly Problem[] } {
  const requests: CertificateRequest[] = []
  const sink = withEachRole(shared, subject, CERTIFIES, (role, scope, renderer) => {
    for (const { name, commonName, altNames, days } of role.certificates) {
      const common = renderNode(renderer, commonName, scope)
      const names = altNames.map(node => renderNode(renderer, node, scope))
      if (typeof common === 'string' && names.every(item => typeof item === 'string')) {
        requests.push({ name, commonName: common, altNames: names, days })
      }
    }
  })
  return { requests, problems: sink.problems }
}

/** Roles whose exports a minion's effective roles read: its producers come in an earlier wave. Pure. */
export function producersOf(reads: { readonly exports: readonly string[] }): readonly string[] {
  return [...new Set(reads.exports.map(path => path.slice(0, path.indexOf('.'))))]
}

/** Assigned and included roles of a minion, by name; unknown ones and circles are left to the compile. Pure. */
export function effectiveRoleNames(library: RoleLibrary, assigned: readonly string[]): readonly string[] {
  return effectiveRoles(library, assigned).roles.map(({ name }) => name)
}
