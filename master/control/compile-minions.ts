import { AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import type { MinionId } from '../../protocol/ids.ts'
import { canonicalJson } from '../../protocol/json.ts'
import { compileCatalog } from '../compile/catalog/compile.ts'
import { producersOf } from '../compile/catalog/derive.ts'
import type { Compiled, CompileSubject, Pending, Reads } from '../compile/catalog/input.ts'
import type { ControlContext } from '../context.ts'
import { lacksPillar, type PillarFiles } from '../pillar/for-minion.ts'
import { allocateMinions } from './allocations.ts'
import { certificatesFor } from './certificates.ts'
import { type FleetProblem, sharedProblems } from './fleet-problem.ts'
import { createPace } from './pace.ts'
import { type FleetMinion, type FleetSnapshot, type LevelInput, levelInput } from './snapshot.ts'
import { wavesOf } from './waves.ts'
import { withheldProblem } from './withheld.ts'

export interface CompiledMinion {
  readonly minion: FleetMinion
  readonly compiled: Compiled
  readonly wave: number
  /** Exports that the catalog reads and that are not reported yet; the catalog will change when they are. */
  readonly awaits: readonly AwaitedExport[]
  /** The catalog as stored, if it was already encoded. */
  readonly encoded?: Uint8Array
}

interface AwaitedExport {
  readonly minion: MinionId
  /** `role/name`. */
  readonly name: string
}

/** A minion that can be compiled once others have reported what it reads; those are applied first. */
export interface WaitingMinion {
  readonly minion: FleetMinion
  /** EXPORT_PENDING problems. */
  readonly problems: readonly Problem[]
}

/** A minion without a catalog, and why. */
export interface BrokenMinion {
  readonly minion: FleetMinion
  readonly problems: readonly Problem[]
}

export interface CompiledMinions {
  readonly compiled: readonly CompiledMinion[]
  readonly waiting: readonly WaitingMinion[]
  /** Left out of a job, and reported. */
  readonly broken: readonly BrokenMinion[]
}

interface Everything extends CompiledMinions {
  /** Problems of the fleet's own files that do not belong to a minion. */
  readonly common: readonly Problem[]
  /** Exports in the minions' levels that do not fit; only their readers are broken. */
  readonly refused: readonly Problem[]
  /** `common` and the problems of all broken minions, without duplicates. */
  readonly problems: readonly FleetProblem[]
  /** Warnings of all compiled minions, without duplicates. */
  readonly warnings: readonly FleetProblem[]
}

/** Compiles the catalogs of these minions, or collects the problems of those that do not compile. */
export async function compileMinions(
  context: ControlContext,
  unallocated: FleetSnapshot,
  unallocatedMinions: readonly FleetMinion[],
  options: { readonly issue: boolean },
): Promise<Everything> {
  const ids = new Set(unallocatedMinions.map(({ id }) => id))
  const wanted = new Set(unallocatedMinions.flatMap(({ subject }) => subject?.level ?? []))
  const pace = createPace()
  const allocated = await allocateMinions(context, unallocated, wanted, { ...options, minions: ids })
  const { snapshot } = allocated
  const common = unique(snapshot.pillar.problems)
  const levels = new Map<string, LevelInput>()
  const waiting: WaitingMinion[] = []
  const broken: BrokenMinion[] = []
  const done: Omit<CompiledMinion, 'wave'>[] = []
  for (const minion of snapshot.minions.filter(({ id }) => ids.has(id))) {
    await pace()
    const { subject } = minion
    if (subject === undefined) {
      broken.push({ minion, problems: [withheldProblem(minion) ?? withoutLevel(minion, snapshot.fleet.levels)] })
      continue
    }
    const level = levels.get(subject.level) ?? levelInput(context, snapshot, subject.level)
    levels.set(subject.level, level)
    const before = allocated.broken.get(minion.id) ?? []
    const result = await compileOne(context, level, subject, options)
    if (result.ok && before.length === 0) {
      done.push({ minion, compiled: result, awaits: awaitedBy(result.reads, level.pending) })
      continue
    }
    const own = unique([...before, ...(result.ok ? [] : result.problems)])
    const problems = common.length === 0 ? own : withoutMissing(own, snapshot.pillar, minion)
    const waits = problems.every(({ code }) => code === 'EXPORT_PENDING')
    if (waits) waiting.push({ minion, problems })
    else broken.push({ minion, problems })
  }
  const waves = wavesOf(
    done.map(({ minion, compiled }) => ({
      id: minion.id,
      level: compiled.catalog.level,
      roles: minion.roles,
      readsFrom: producersOf(compiled.reads),
    })),
  )
  const compiled = done.map(one => ({ ...one, wave: waves.get(one.minion.id) ?? 0 }))
  const refused = unique([...levels.values()].flatMap(level => refusedIn(level)))
  const isCommon = new Set(common.map(canonicalJson))
  const own = sharedProblems(broken).filter(({ minions: _its, ...problem }) => !isCommon.has(canonicalJson(problem)))
  const problems = [...common, ...own]
  const warnings = sharedProblems(done.map(({ minion, compiled: { warnings: problems } }) => ({ minion, problems })))
  return { compiled, waiting, broken, common, refused, problems, warnings }
}

type Compilation = Compiled | { readonly ok: false; readonly problems: readonly Problem[] }

/** Compiles one minion and keeps its errors from affecting others. Throws only errors of the store. */
async function compileOne(
  context: ControlContext,
  level: LevelInput,
  subject: CompileSubject,
  options: { readonly issue: boolean },
): Promise<Compilation> {
  try {
    const certificates = await certificatesFor(context, level, subject, options)
    const result = compileCatalog({
      ...level.shared,
      subject,
      exports: level.exports,
      pending: level.pending,
      refused: level.refused,
      unfit: level.unfit,
      certificates: certificates.issued,
    })
    if (certificates.problems.length === 0) {
      if (result.ok && options.issue) await storeLargeFiles(context, [{ compiled: result }])
      return result
    }
    return { ok: false, problems: [...certificates.problems, ...(result.ok ? [] : result.problems)] }
  } catch (thrown) {
    const problems = problemsOf(thrown)
    if (problems.some(({ code }) => code.startsWith('STORE_'))) throw thrown
    return { ok: false, problems }
  }
}

/**
 * Throws problems of the fleet's own files; with `strict`, also those of any minion; and when no minion is left, the reason.
 * Pure.
 */
export function demandCompiled(found: Everything, strict: boolean): CompiledMinions {
  const { compiled, waiting, broken, common, problems } = found
  const fatal = strict || compiled.length === 0 ? problems : common
  const told = fatal.length > 0 || compiled.length > 0 ? fatal : waiting.flatMap(one => one.problems)
  if (told.length > 0) throw new AppError(told)
  return { compiled, waiting, broken }
}

function refusedIn({ refused }: LevelInput): readonly Problem[] {
  return [...refused.values()].flat().map(({ problem }) => problem)
}

/**
 * Stores large files before an order references them: orders are created in one step, but copying takes many. Throws
 * FILE_CHANGED or STORE_FULL.
 */
export async function storeLargeFiles(
  { store }: ControlContext,
  done: readonly { readonly compiled: Compiled }[],
): Promise<void> {
  const contents = done.flatMap(({ compiled }) => [...compiled.blobs.values()])
  const files = contents.flatMap(content => (content instanceof Uint8Array ? [] : [content]))
  for (const file of new Map(files.map(one => [one.sha256, one])).values()) await store.blobFiles.add(file)
}

/** Lists the pending exports that a catalog reads. Pure. */
function awaitedBy({ exports }: Reads, pending: Pending): readonly AwaitedExport[] {
  const names = exports.map(path => path.replace('.', '/'))
  return names.flatMap(name => (pending.get(name) ?? []).map(minion => ({ minion, name })))
}

function withoutLevel({ id }: FleetMinion, levels: readonly string[]): Problem {
  return {
    code: 'FLEET_INVALID',
    message: `\`${id}\` has no level: neither the inventory nor its join token names one`,
    hint: `Write it into inventory.yml: \`${id}: {roles: [base], level: ${levels[0] ?? 'staging'}}\`.`,
  }
}

/** Drops missing values that an unreadable pillar file may hold: the problem of that file is reported instead. Pure. */
export function withoutMissing(
  problems: readonly Problem[],
  pillar: PillarFiles,
  { pillarView }: Pick<FleetMinion, 'pillarView'>,
): readonly Problem[] {
  if (!lacksPillar(pillar, pillarView)) return problems
  const left = problems.filter(({ code }) => code !== 'PILLAR_MISSING')
  return left.length > 0 ? left : pillar.problems
}

function unique(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map(problem => [canonicalJson(problem), problem])).values()]
}
