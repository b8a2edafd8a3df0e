import { z } from 'zod'
import { type CatalogState, isSlotText, sha256Of } from '../../protocol/catalog.ts'
import type { ContractFinding } from '../../protocol/contract.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Grains } from '../../protocol/grains.ts'
import { isJsonObject, type Json, type JsonObject } from '../../protocol/json.ts'
import { problemHider } from '../access/hide-minions.ts'
import { pickOne } from '../access/pick-among.ts'
import { versionOf } from '../address/address.ts'
import type { Compiled } from '../compile/catalog/input.ts'
import { unsetWarnings } from '../compile/catalog/unset-warnings.ts'
import { contractWords } from '../contract/labels.ts'
import { compileMinions } from '../control/compile-minions.ts'
import { judgeFleet, shownTo } from '../control/contracts.ts'
import type { FleetProblem } from '../control/fleet-problem.ts'
import { sharedNames, strangersInGroups } from '../control/group-names.ts'
import type { Holder } from '../control/singletons.ts'
import { type FleetMinion, takeSnapshot } from '../control/snapshot.ts'
import { withheldProblem } from '../control/withheld.ts'
import { withoutRoles } from '../control/without-roles.ts'
import { shortSecrets } from '../pillar/short-secrets.ts'
import { unusedPillarFiles } from '../pillar/unused-files.ts'
import { runbooksOf } from '../runbooks/plan-snapshot.ts'
import { lintSchedule } from '../scheduler/schedule-lint.ts'
import { applyVerb, testVerb } from './apply.ts'
import { complianceVerb } from './compliance.ts'
import type { ContractState } from './contract.ts'
import { defineVerb } from './define.ts'
import { name } from './fields.ts'

/** Verbs for the fleet directory; none of them changes anything. */

export interface LintResult {
  readonly minions: number
  readonly roles: number
  readonly problems: readonly FleetProblem[]
  /** What is allowed but not recommended. */
  readonly warnings: readonly FleetProblem[]
}

export interface RenderResult {
  readonly minion: string
  /** Secrets are shown as `***`. */
  readonly catalog: JsonObject
  /** Content of the one requested file. */
  readonly file?: string
}

export interface RoleRow {
  readonly role: string
  readonly summary: string
  readonly includes: readonly string[]
  /** `contract`: a draft, whose states do not exist yet. */
  readonly state: 'ready' | 'contract'
  /** Short summary of its contract; empty: it demands nothing. */
  readonly demands: string
  /** Minions that have it, assigned or included. */
  readonly minions: readonly string[]
  /**
   * For a role that only one minion of a level has: its holder by allocation, and the minions that the inventory names. Absent:
   * another role.
   */
  readonly holders?: readonly {
    readonly level: string
    readonly minion: string
    readonly inventory: readonly string[]
  }[]
  /** State of its contract where it demands something; demands that need DNS are judged only by `master contract`. */
  readonly contract: readonly ContractState[]
}

const rolesVerb = defineVerb({
  name: 'roles',
  input: z.strictObject({}),
  right: { on: 'filtered', kind: 'read' },
  async run(context, _input, { caller }): Promise<{ readonly roles: readonly RoleRow[] }> {
    const snapshot = await takeSnapshot(context)
    const { library } = snapshot
    const minions = snapshot.minions.filter(({ view }) => caller.rights.allowsOn('roles', view))
    const holders = snapshot.holders.filter(({ minion }) => minions.some(({ id }) => id === minion))
    const judged = await judgeFleet(context, snapshot, { dns: false })
    const { findings } = shownTo(caller, 'roles', snapshot, judged)
    const roles = [...library.roles.values()].map(
      (role): RoleRow => ({
        role: role.name,
        summary: role.summary,
        state: role.draft ? 'contract' : 'ready',
        demands: contractWords(role.contract),
        includes: role.include.map(({ name }) => name),
        minions: minions.filter(minion => minion.roles.includes(role.name)).map(({ id }) => id),
        ...(role.singleton ? { holders: holders.filter(one => one.role === role.name).map(holderRow) } : {}),
        contract: contractStates(findings.filter(finding => finding.role === role.name)),
      }),
    )
    return { roles }
  },
})

function holderRow({ level, minion, inventory }: Holder): NonNullable<RoleRow['holders']>[number] {
  return { level, minion, inventory }
}

function contractStates(findings: readonly ContractFinding[]): readonly ContractState[] {
  return [...new Set(findings.map(({ level }) => level))].map(level => {
    const ofLevel = findings.filter(finding => finding.level === level)
    return { level, judged: ofLevel.length, broken: ofLevel.filter(({ ok }) => !ok).length }
  })
}

/** Compiles every minion; those that never connected get sample grains. */
const lintVerb = defineVerb({
  name: 'lint',
  input: z.strictObject({ short: z.boolean().default(false) }),
  right: { on: 'fleet', kind: 'read' },
  async run(context, { short }): Promise<LintResult> {
    const snapshot = await takeSnapshot(context)
    const minions = snapshot.minions.map(withSampleGrains)
    const found = await compileMinions(context, { ...snapshot, minions }, minions, { issue: false })
    const problems = [...found.problems, ...found.refused]
    const known = new Set(problems.map(problem => JSON.stringify(problem)))
    // Check roles that no minion has, too.
    const others = [...snapshot.library.roles.values()]
      .flatMap(role => role.problems)
      .filter(
        problem =>
          !known.has(JSON.stringify(problem)) &&
          !problems.some(({ message, source }) => message === problem.message && source?.line === problem.source?.line),
      )
    const isTold = (message: string): boolean => [...problems, ...others].some(one => one.message === message)
    const secrets = shortSecrets(snapshot.pillar.files, short)
    const withheld = minions.flatMap(minion => {
      const problem = withheldProblem(minion)
      return problem === undefined ? [] : [{ ...problem, minions: [minion.id] }]
    })
    return {
      minions: minions.length,
      roles: snapshot.library.roles.size,
      warnings: [
        ...secrets.warnings,
        ...found.warnings,
        ...unusedPillarFiles(snapshot.pillar, snapshot.fleet.files.keys()),
        ...withheld.filter(({ message }) => !isTold(message)),
        ...strangersInGroups(snapshot),
        ...withoutRoles(minions.filter(({ known, subject }) => known !== undefined && subject !== undefined)),
        ...unsetWarnings(
          snapshot.library,
          minions.flatMap(({ subject }) => subject ?? []),
        ),
      ],
      problems: [
        ...problems,
        ...secrets.problems,
        ...others,
        ...snapshot.fleet.broken.values().filter(problem => !isTold(problem.message)),
        ...lintSchedule(snapshot, {
          apply: applyVerb.input,
          test: testVerb.input,
          compliance: complianceVerb.input,
        }),
        ...runbooksOf(snapshot).flatMap(book => book.problems),
        ...sharedNames(snapshot),
      ],
    }
  },
})

const renderVerb = defineVerb({
  name: 'render',
  input: z.strictObject({ minion: name, file: z.string().min(1).optional() }),
  right: { on: 'minions', kind: 'read' },
  async run(context, { minion: id, file }, { caller }): Promise<RenderResult> {
    const snapshot = await takeSnapshot(context)
    const found = pickOne(caller, 'render', id, snapshot.minions)
    const minions = snapshot.minions.map(withSampleGrains)
    const subject = minions.find(minion => minion.id === id) ?? found
    const { compiled, waiting, problems } = await compileMinions(context, { ...snapshot, minions }, [subject], {
      issue: false,
    })
    const [one] = compiled
    const all = [...problems, ...waiting.flatMap(other => other.problems)]
    if (one === undefined || all.length > 0) throw new AppError(problemHider(caller.rights, minions)(all))
    const catalog = hidden(one.compiled.catalog as unknown as Json) as JsonObject
    return { minion: id, catalog, ...(file === undefined ? {} : { file: contentOf(one.compiled, file, id) }) }
  },
})

export const fleetVerbs = [rolesVerb, lintVerb, renderVerb] as const

/** Grains of a typical Debian host, for minions that have not reported theirs. */
const SAMPLE_GRAINS: Grains = {
  os: 'Debian',
  oscodename: 'bookworm',
  osrelease: '12',
  os_family: 'debian',
  arch: 'x64',
  kernel: '6.1.0',
  hostname: 'sample',
  fqdn: 'sample.example',
  num_cpus: 2,
  mem_mb: 2048,
  ip4: '192.0.2.10',
  addresses: ['192.0.2.10'],
  virtual: 'kvm',
  saltern_version: '0.0.0',
}

function withSampleGrains(minion: FleetMinion): FleetMinion {
  const { subject } = minion
  if (subject === undefined || subject.grains !== undefined) return minion
  const { address = '192.0.2.10' } = subject
  const ip4 = versionOf(address) === 4 ? address : '192.0.2.10'
  const grains = { ...SAMPLE_GRAINS, hostname: minion.id, fqdn: minion.id, ip4 }
  const addresses = subject.address === undefined ? [address] : (subject.addresses ?? [])
  return { ...minion, subject: { ...subject, address, addresses, grains } }
}

/** Replaces every secret placeholder in the texts by `***`. */
function hidden(value: Json): Json {
  if (Array.isArray(value)) return value.map(item => hidden(item as Json))
  if (!isJsonObject(value)) return value
  if (isSlotText(value)) return value.$text.map(part => (typeof part === 'string' ? part : '***')).join('')
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hidden(item)]))
}

function contentOf({ catalog, blobs }: Compiled, path: string, minion: string): string {
  const state = catalog.states.find(({ type, name }) => type.startsWith('file.') && name === path)
  const contents = state?.params['contents']
  if (state === undefined || contents === undefined) throw noFile(catalog.states, path, minion)
  const shown = hidden(contents)
  if (typeof shown === 'string') return shown
  for (const content of blobs.values()) {
    if (content instanceof Uint8Array) {
      if (JSON.stringify(shown).includes(sha256Of(content))) return new TextDecoder().decode(content)
    } else if (JSON.stringify(shown).includes(content.sha256)) {
      throw new AppError({
        code: 'FILE_TOO_LARGE',
        message: `\`${path}\` has ${content.size} bytes, which is too large to show`,
        hint: `Look at \`${content.path}\` on the master.`,
      })
    }
  }
  throw noFile(catalog.states, path, minion)
}

function noFile(states: readonly CatalogState[], path: string, minion: string): AppError {
  const files = states.filter(({ params }) => params['contents'] !== undefined).map(({ name }) => name)
  return new AppError({
    code: 'USAGE',
    message: `the catalog of ${minion} writes no file \`${path}\``,
    hint: files.length === 0 ? 'It writes no files.' : `It writes ${files.slice(0, 20).join(', ')}.`,
  })
}
