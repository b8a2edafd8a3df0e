import type { FileOnDisk } from '../../../protocol/catalog.ts'
import type { Problem } from '../../../protocol/errors.ts'
import type { SourcePosition } from '../../../protocol/source.ts'
import { entryOf, type YamlNode } from '../../yaml/node.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { Findings } from '../../yaml/shape.ts'
import { suggest } from '../../yaml/suggest.ts'
import { type AstProgram, parseExpressions } from '../language/expression.ts'
import type { ExpressionSource, Renderer } from '../language/render.ts'
import { type Declaration, parseDeclarations } from './declarations.ts'
import { judgePurposes } from './purpose.ts'
import { parseRole, type Role } from './role.ts'

export interface LibraryRole extends Role {
  readonly declarations: readonly Declaration[]
  readonly problems: readonly Problem[]
}

/** Files of all roles, by paths such as `roles/db/states.yml`. */
export type RoleFiles = ReadonlyMap<string, Uint8Array>

/** Files that are not held in memory, and unreadable files with the reason. */
export interface OtherFiles {
  readonly large: ReadonlyMap<string, FileOnDisk>
  readonly broken: ReadonlyMap<string, Problem>
}

const NO_OTHERS: OtherFiles = { large: new Map(), broken: new Map() }

/** All roles of a fleet, parsed once for all minions, with a cache of templates and expressions. */
export interface RoleLibrary extends OtherFiles, ExpressionSource {
  readonly files: RoleFiles
  readonly roles: ReadonlyMap<string, LibraryRole>
  /** Roles as parsed from their own files, before they are checked against other roles. */
  readonly parsed: ReadonlyMap<string, LibraryRole>
  /** Dotted paths of all pillar keys that roles declare. */
  readonly declaredKeys: ReadonlySet<string>
}

/** Renders the YAML of roles and has access to their files. */
export interface RoleRenderer extends Renderer {
  readonly library: RoleLibrary
}

/**
 * Loads all roles. Pure, but for the cache of what was parsed. `before`: an earlier library of the same fleet; roles with the
 * same file objects are reused.
 */
export function loadLibrary(files: RoleFiles, others: OtherFiles = NO_OTHERS, before?: RoleLibrary): RoleLibrary {
  const names = new Set(
    [...files.keys(), ...others.broken.keys()].flatMap(
      path => /^roles\/([^/]+)(?:\/(?:role|states)\.yml)?$/.exec(path)?.[1] ?? [],
    ),
  )
  const texts = new Map<string, readonly string[]>()
  const textOf = (path: string): string | undefined => {
    const bytes = files.get(path)
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
  }
  const programs = new Map<string, { readonly program: AstProgram }>()
  const parsed = new Map(
    [...names].sort().map(name => {
      const known = isSameRole(name, files, before, names) ? before?.parsed.get(name) : undefined
      return [name, known ?? loadRole(name, textOf, names)] as const
    }),
  )
  const roles = refuseSharedSingletons(withBroken(parsed, others.broken), textOf)
  return {
    ...others,
    files,
    roles,
    parsed,
    declaredKeys: new Set([...roles.values()].flatMap(({ pillar }) => pillar.map(({ path }) => path.join('.')))),
    lineOf({ file, line }) {
      const lines = texts.get(file) ?? textOf(file)?.split('\n')
      if (lines !== undefined) texts.set(file, lines)
      return lines?.[line - 1]
    },
    parse(source, code) {
      const known = programs.get(source.text)
      if (known !== undefined) return known
      const parsed = parseExpressions(source, code)
      if ('program' in parsed) programs.set(source.text, parsed)
      return parsed
    },
  }
}

/** Lists roles in the order of their states: included ones first. Cycles and unknown names are problems. Pure. */
export function effectiveRoles(
  library: RoleLibrary,
  assigned: readonly string[],
): { readonly roles: readonly LibraryRole[]; readonly problems: readonly Problem[] } {
  const done = new Set<string>()
  const roles: LibraryRole[] = []
  const problems: Problem[] = []
  const visit = (name: string, from: readonly string[], position?: SourcePosition): void => {
    if (from.includes(name)) {
      const circle = [...from.slice(from.indexOf(name)), name]
      problems.push({
        code: 'INCLUDE_CIRCLE',
        message: `roles include each other: ${circle.join(' -> ')}`,
        hint: 'Remove one `include`.',
        ...at(library, position),
      })
      return
    }
    if (done.has(name)) return
    const role = library.roles.get(name)
    if (role === undefined) {
      const near = suggest(name, library.roles.keys())
      problems.push({
        code: 'ROLE_UNKNOWN',
        message: `there is no role \`${name}\``,
        hint: near === undefined ? `Create it: \`roles/${name}/states.yml\`.` : `Did you mean \`${near}\`?`,
        ...at(library, position),
      })
      return
    }
    for (const include of role.include) visit(include.name, [...from, name], include.position)
    if (done.has(name)) return
    done.add(name)
    roles.push(role)
  }
  for (const name of assigned) visit(name, [])
  return { roles, problems: uniqueCircles(problems) }
}

/** Lists the role and all that it includes, at any depth. Pure. */
export function withIncluded(library: RoleLibrary, name: string): readonly LibraryRole[] {
  return effectiveRoles(library, [name]).roles
}

/**
 * Checks whether a role can be reused. A role is checked against the names of all roles, so an added or removed role
 * invalidates it.
 */
function isSameRole(
  name: string,
  files: RoleFiles,
  before: RoleLibrary | undefined,
  names: ReadonlySet<string>,
): boolean {
  if (before === undefined || before.parsed.size !== names.size) return false
  const paths = [`roles/${name}/role.yml`, `roles/${name}/states.yml`]
  return (
    paths.every(path => files.get(path) === before.files.get(path)) && before.parsed.keys().every(one => names.has(one))
  )
}

/** Adds the problems of unreadable files to their roles, which refuses them on every minion that has them. */
function withBroken(
  roles: ReadonlyMap<string, LibraryRole>,
  broken: OtherFiles['broken'],
): ReadonlyMap<string, LibraryRole> {
  if (broken.size === 0) return roles
  const judged = [...roles].map(([name, role]) => {
    const own = [`roles/${name}`, `roles/${name}/role.yml`, `roles/${name}/states.yml`]
    const problems = own.flatMap(path => broken.get(path) ?? [])
    return [name, problems.length === 0 ? role : { ...role, problems: [...problems, ...role.problems] }] as const
  })
  return new Map(judged)
}

function loadRole(name: string, textOf: (path: string) => string | undefined, names: ReadonlySet<string>): LibraryRole {
  const rolePath = `roles/${name}/role.yml`
  const statesPath = `roles/${name}/states.yml`
  const roleText = textOf(rolePath) ?? ''
  const statesText = textOf(statesPath) ?? ''
  const roleYaml = parseYaml(roleText, rolePath)
  const statesYaml = parseYaml(statesText, statesPath)
  const roleFindings = new Findings(roleText)
  const statesFindings = new Findings(statesText)
  const role = parseRole(name, roleYaml.root, roleFindings)
  const declarations = parseDeclarations(name, statesYaml.root, statesFindings)
  judgeNeeded(role, roleYaml.root, names, roleFindings)
  judgeDraft(role, roleYaml.root, declarations, roleFindings)
  judgePurposes(role, roleFindings)
  const problems = [...roleYaml.problems, ...roleFindings.problems, ...statesYaml.problems, ...statesFindings.problems]
  return { ...role, declarations, problems }
}

/** Refuses to include a singleton: every role that includes it would also have it, so a singleton can only be assigned. */
function refuseSharedSingletons(
  roles: ReadonlyMap<string, LibraryRole>,
  textOf: (path: string) => string | undefined,
): ReadonlyMap<string, LibraryRole> {
  const judged = [...roles].map(([name, role]) => {
    const findings = new Findings(textOf(`roles/${name}/role.yml`) ?? '')
    for (const { name: other, position } of role.include.filter(one => roles.get(one.name)?.singleton === true)) {
      findings.invalid(
        position,
        `\`${other}\` is a singleton role, so no other role can include it`,
        'Assign it in inventory.yml beside this one.',
      )
    }
    return [name, { ...role, problems: [...role.problems, ...findings.problems] }] as const
  })
  return new Map(judged)
}

/** Checks that the roles named in a contract exist. */
function judgeNeeded(
  { contract }: Role,
  root: YamlNode | undefined,
  names: ReadonlySet<string>,
  findings: Findings,
): void {
  const node = root?.kind === 'map' ? entryOf(root, 'contract')?.value : undefined
  if (node?.kind !== 'map') return
  for (const key of ['with', 'needs'] as const) {
    for (const other of (contract[key] ?? []).filter(one => !names.has(one))) {
      const near = suggest(other, names)
      findings.add({
        code: 'ROLE_UNKNOWN',
        message: `\`${key}\` of the contract names \`${other}\`, and there is no such role`,
        hint: near === undefined ? 'See `master roles`.' : `Did you mean \`${near}\`?`,
        source: entryOf(node, key)?.value.position ?? node.position,
      })
    }
  }
}

/** Checks that a role with states is no longer marked `draft: true`. */
function judgeDraft(
  { name, draft }: Role,
  root: YamlNode | undefined,
  { length }: readonly Declaration[],
  findings: Findings,
): void {
  const node = root?.kind === 'map' ? entryOf(root, 'draft')?.value : undefined
  if (!draft || length === 0 || node === undefined) return
  findings.invalid(
    node.position,
    `\`draft: true\` means that \`${name}\` has no states yet, but roles/${name}/states.yml has ${length}`,
    'Remove `draft: true`.',
  )
}

function at(library: RoleLibrary, source: SourcePosition | undefined): Pick<Problem, 'source' | 'excerpt'> {
  if (source === undefined) return {}
  const excerpt = library.lineOf(source)
  return excerpt === undefined ? { source } : { source, excerpt }
}

/** Removes duplicates: a cycle is found once from each role that leads into it. */
function uniqueCircles(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>()
  return problems.filter(problem => {
    const key =
      problem.code === 'INCLUDE_CIRCLE' ? [...new Set(problem.message.split(/[ :>-]+/))].sort().join() : problem.message
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
