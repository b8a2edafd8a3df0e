import { type Catalog, sha256Of } from '../../../protocol/catalog.ts'
import type { Problem } from '../../../protocol/errors.ts'
import type { Json, JsonObject } from '../../../protocol/json.ts'
import { reveal, Secret } from '../../../protocol/secret.ts'
import { versionOf } from '../../address/address.ts'
import { ProblemSink } from '../language/problem-sink.ts'
import type { Environment, Scope } from '../language/scope.ts'
import { SlotTable, type Value, type ValueMap } from '../language/value.ts'
import type { RoleRenderer } from '../role/library.ts'
import { type LibraryRole, type RoleLibrary, withIncluded } from '../role/library.ts'
import { pillarExpressions, undeclaredPillar } from '../role/undeclared-pillar.ts'
import { type ResolvedCheck, resolveChecks } from './checks.ts'
import { touches } from './claims.ts'
import { dependenciesOf } from './dependencies.ts'
import { expand } from './expand.ts'
import { orderStates } from './graph.ts'
import { ingressOf } from './ingress.ts'
import type { AllocationValue, CompileInput, CompileResult, CompileSubject } from './input.ts'
import { type ResolvedState, resolveState, toCatalogState } from './resolve.ts'
import { RoleViews } from './role-views.ts'
import { serviceClaims } from './service-claims.ts'
import type { Blobs } from './sources.ts'

/** Compiles the catalog of one minion, or returns all problems. The same inputs give the same bytes. Pure. */
export function compileCatalog(input: CompileInput): CompileResult {
  const { library, subject, registry } = input
  const sink = new ProblemSink(position => library.lineOf(position))
  const renderer: RoleRenderer = { library, sink }
  const effective = (subject.views ?? new RoleViews()).effective(input)
  const ofPillar = [...pillarExpressions(subject.pillar), ...undeclaredPillar(library, subject.pillar)]
  sink.addAll([...effective.problems, ...ofPillar])
  const reads = new ReadRecord()
  const slots = new SlotTable()
  const blobs: Blobs = new Map()
  const resolved: ResolvedState[] = []
  const checks: ResolvedCheck[] = []
  const scoped = effective.roles.map(role => {
    sink.addAll(role.problems)
    return { role, scope: scopeOf(input, role, { renderer, reads, effective: effective.roles }) }
  })
  const ingress = ingressOf(renderer, scoped)
  for (const { role, scope: names } of scoped) {
    const scope = withIngress(names, ingress)
    for (const declaration of role.declarations) {
      for (const state of expand(renderer, declaration, scope)) {
        const known = resolveState(renderer, state, { registry, slots, blobs })
        if (known !== undefined) resolved.push(known)
      }
    }
    checks.push(...resolveChecks(renderer, role, scope, slots))
  }
  // With earlier problems, unresolved references would only add noise.
  const [found] = sink.problems
  const included = includedBy(library)
  const ordered = found === undefined ? orderStates(resolved, included, sink) : { states: [] }
  const claims = serviceClaims(ordered, included)
  sink.addAll(claims.problems)
  const search = { ordered, included, sink }
  const withDependencies = (found === undefined ? checks : []).map(({ check, require }) => {
    return { ...check, after: dependenciesOf(check.role, require, search) }
  })
  const [first, ...rest] = withoutFollowing(sink.problems, effective.roles)
  if (first !== undefined) return { ok: false, problems: [first, ...rest] }
  const states = ordered.states.map(({ state, edges }) => toCatalogState(state, edges))
  const probes = probesOf(effective.roles)
  const types = [...new Set(states.map(({ type }) => type))].sort()
  const catalog: Catalog = {
    format: 1,
    fleet: input.fleet,
    minion: subject.id,
    level: subject.level,
    roles: effective.roles.map(({ name }) => name),
    revision: input.revision,
    states,
    ...(withDependencies.length === 0 ? {} : { checks: withDependencies }),
    ...(probes.length === 0 ? {} : { probes }),
    ...(input.highstate === undefined ? {} : { highstate: input.highstate }),
    slots: slots.secrets.map(({ path, value }) => ({ path, mac: input.mac(`${path}\0${value}`) })),
    blobs: [...blobs].map(([sha256, one]) => ({ sha256, size: one instanceof Uint8Array ? one.length : one.size })),
    stateTypes: Object.fromEntries(types.map(type => [type, registry.get(type)?.hash ?? ''])),
  }
  const { warnings } = claims
  return { ok: true, catalog, secrets: slots.secrets.map(({ value }) => value), blobs, reads: reads.all(), warnings }
}

/** Drops follow-up problems: an unreadable role.yml declares nothing, so reports of undeclared keys are noise. */
function withoutFollowing(problems: readonly Problem[], roles: readonly LibraryRole[]): readonly Problem[] {
  const isUnread = roles.some(role => role.problems.some(({ code }) => code === 'YAML_INVALID'))
  return isUnread ? problems.filter(({ code }) => code !== 'PILLAR_UNDECLARED') : problems
}

/** Lists the single TCP ports in the contracts of these roles, ascending. A range only permits ports, so it is not probed. */
function probesOf(roles: readonly LibraryRole[]): readonly number[] {
  const ranges = roles.flatMap(({ contract: { ports } }) => [...(ports?.public ?? []), ...(ports?.internal ?? [])])
  const single = ranges.filter(({ proto, from, to }) => proto === 'tcp' && from === to)
  return [...new Set(single.map(({ from }) => from))].sort((a, b) => a - b)
}

/** Builds the scope for a role's expressions. Exported for derived exports and certificate requests, which use the same scope. */
export function scopeOf(
  input: CompileInput,
  role: LibraryRole,
  context: { readonly renderer: RoleRenderer; readonly reads: ReadRecord; readonly effective: readonly LibraryRole[] },
): Scope {
  const { renderer, reads, effective } = context
  const base = baseScope(input, role, reads, effective)
  const { view, problems, reads: read } = (input.subject.views ?? new RoleViews()).view(input, role, base)
  renderer.sink.addAll(problems)
  for (const path of read) reads.note(path)
  const [names = {}] = base.frames
  return {
    ...base,
    frames: [{ ...names, pillar: view.values }],
    environment: {
      ...base.environment,
      isClaim: path => base.environment.isClaim(path) || (path[0] === 'pillar' && touches(view.claimed, path.slice(1))),
      explainPillar: path => view.explain(path),
    },
  }
}

function baseScope(
  input: CompileInput,
  role: LibraryRole,
  reads: ReadRecord,
  effective: readonly LibraryRole[],
): Scope {
  const { subject } = input
  const certificates = [...input.certificates].map(([name, issued]) => [name, { ...issued }] as const)
  const names: ValueMap = {
    ...(subject.grains === undefined ? {} : { grains: subject.grains as unknown as Value }),
    minion: minionValue(subject, effective),
    role: role.name,
    certificates: Object.fromEntries(certificates) as unknown as Value,
    allocations: allocationsSeenBy(input, role),
  }
  const environment: Environment = {
    onRead: path => reads.note(path),
    isClaim: ([root]) => root === 'grains',
    explainAddress: () => addressUnknown(subject.id),
    explainPillar: path => ({
      code: 'PILLAR_UNDECLARED',
      message: `the default of a pillar key cannot read \`pillar.${path.join('.')}\``,
    }),
    members: wanted =>
      input.members
        .filter(member => wanted === undefined || member.roles.includes(wanted))
        .map(({ id, level, roles, address = null }) => {
          return { id, level, roles, address, ip4: address !== null && versionOf(address) === 4 ? address : null }
        }),
    exported(from, name) {
      reads.note(['exports', from, name])
      return (input.exports.get(from)?.get(name) ?? []) as readonly { readonly minion: string; readonly value: Value }[]
    },
    pending: (from, name) => input.pending?.get(`${from}/${name}`) ?? [],
    unfit: (from, name) => input.unfit?.get(`${from}/${name}`) ?? [],
    refused: (from, name) => input.refused?.get(`${from}/${name}`) ?? [],
    sha256: text => sha256Of(text),
    publicKey: secret => input.publicKey(reveal(secret)),
    deriveSecret: (secret, how, derive) => new Secret(derive(reveal(secret)), `${secret.path} | ${how}`),
  }
  return { frames: [names], self: null, data: {}, environment }
}

/** Collects the allocations of a role and of the roles it includes; for equal names, the nearest one wins. */
function allocationsSeenBy({ library, subject }: CompileInput, role: LibraryRole): Value {
  const seen = withIncluded(library, role.name).flatMap(({ name: owner, allocations }) =>
    allocations.flatMap(({ name }): readonly (readonly [string, AllocationValue])[] => {
      const value = subject.allocations?.get(`${owner}/${name}`)
      return value === undefined ? [] : [[name, value]]
    }),
  )
  return Object.fromEntries(seen) as Value
}

/** Adds `minion.ingress` to a scope. It is absent while the ingress rules themselves are rendered. */
function withIngress(scope: Scope, ingress: readonly ValueMap[]): Scope {
  const frames = scope.frames.map(frame => ({ ...frame, minion: { ...(frame['minion'] as ValueMap), ingress } }))
  return { ...scope, frames }
}

function minionValue(subject: CompileSubject, effective: readonly LibraryRole[]): Value {
  const roles: readonly Json[] = effective.map(({ name }) => name)
  const { id, level, vars, address } = subject
  return { id, level, roles, vars: vars as JsonObject as Value, ...(address === undefined ? {} : { address }) }
}

function addressUnknown(id: string): ReturnType<Environment['explainAddress']> {
  return {
    code: 'ADDRESS_UNKNOWN',
    message: `\`${id}\` has no trusted address: its connection provides none, and the inventory has none`,
    hint: `Set it in inventory.yml: \`${id}: {address: 10.0.0.5}\`. See \`master address list\`.`,
  }
}

/** Lists the roles that a role may refer to, nearest first; computed once per role. */
function includedBy(library: RoleLibrary): (role: string) => readonly string[] {
  const known = new Map<string, readonly string[]>()
  const find = (name: string): readonly string[] => [
    name,
    ...withIncluded(library, name)
      .map(role => role.name)
      .reverse()
      .filter(other => other !== name),
  ]
  return name => {
    const included = known.get(name) ?? find(name)
    known.set(name, included)
    return included
  }
}

/** Records what one compile read, as dotted paths. */
export class ReadRecord {
  readonly #paths = new Set<string>()

  note(path: readonly string[]): void {
    this.#paths.add(path.join('.'))
  }

  all(): {
    readonly grains: readonly string[]
    readonly pillar: readonly string[]
    readonly exports: readonly string[]
  } {
    const below = (root: string): readonly string[] => {
      return [...this.#paths]
        .filter(path => path.startsWith(`${root}.`))
        .map(path => path.slice(root.length + 1))
        .sort()
    }
    return { grains: below('grains'), pillar: below('pillar'), exports: below('exports') }
  }
}
