import { AppError, type Problem } from '../../protocol/errors.ts'
import type { MinionId } from '../../protocol/ids.ts'
import { canonicalJson } from '../../protocol/json.ts'
import { compileCatalog } from '../compile/compile.ts'
import { producersOf } from '../compile/derive.ts'
import type { Compiled, Pending, Reads } from '../compile/input.ts'
import { certificatesFor } from './certificates.ts'
import type { ControlContext } from './context.ts'
import { wavesOf } from './job/waves.ts'
import { leaseMinions } from './leases.ts'
import { type FleetMinion, type FleetSnapshot, type LevelInput, levelInput } from './snapshot.ts'

export interface CompiledMinion {
  readonly minion: FleetMinion
  readonly compiled: Compiled
  readonly wave: number
  /** What its catalog reads and has not been reported yet: it will be another one when it is. */
  readonly awaits: readonly AwaitedExport[]
}

export interface AwaitedExport {
  readonly minion: MinionId
  /** `role/name`. */
  readonly name: string
}

/** A minion that can be compiled when others have reported what it reads: they are applied first. */
export interface WaitingMinion {
  readonly minion: FleetMinion
  /** Each an EXPORT_PENDING. */
  readonly problems: readonly Problem[]
}

export interface CompiledMinions {
  readonly compiled: readonly CompiledMinion[]
  readonly waiting: readonly WaitingMinion[]
}

/** The catalogs of all these minions and everything that is wrong with any of them, each problem once. */
export async function compileMinions(
  context: ControlContext,
  unleased: FleetSnapshot,
  unleasedMinions: readonly FleetMinion[],
  options: { readonly issue: boolean },
): Promise<CompiledMinions & { readonly problems: readonly Problem[] }> {
  const ids = new Set(unleasedMinions.map(({ id }) => id))
  const wanted = new Set(unleasedMinions.flatMap(({ subject }) => subject?.level ?? []))
  const leased = leaseMinions(context, unleased, wanted, { ...options, minions: ids })
  const { snapshot } = leased
  const minions = snapshot.minions.filter(({ id }) => ids.has(id))
  const problems: Problem[] = [...snapshot.pillar.problems, ...leased.problems]
  const levels = new Map<string, LevelInput>()
  const waiting: WaitingMinion[] = []
  const done: Omit<CompiledMinion, 'wave'>[] = []
  for (const minion of minions) {
    const { subject } = minion
    if (subject === undefined) {
      problems.push(withoutLevel(minion, snapshot.fleet.levels))
      continue
    }
    const level = levels.get(subject.level) ?? levelInput(context, snapshot, subject.level)
    if (!levels.has(subject.level)) problems.push(...level.problems)
    levels.set(subject.level, level)
    const certificates = await certificatesFor(context, level, subject, options)
    problems.push(...certificates.problems)
    const result = compileCatalog({
      ...level.shared,
      subject,
      exports: level.exports,
      pending: level.pending,
      certificates: certificates.issued,
    })
    if (result.ok) done.push({ minion, compiled: result, awaits: awaitedBy(result.reads, level.pending) })
    else if (result.problems.every(({ code }) => code === 'EXPORT_PENDING'))
      waiting.push({ minion, problems: result.problems })
    else problems.push(...result.problems)
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
  return { compiled, waiting, problems: unique(problems) }
}

/**
 * All of them but those that wait for what others report, or every problem of any of them: nothing is sent before all is
 * well. EXPORT_PENDING when all wait.
 */
export async function compileAll(
  context: ControlContext,
  snapshot: FleetSnapshot,
  minions: readonly FleetMinion[],
): Promise<CompiledMinions> {
  const { compiled, waiting, problems } = await compileMinions(context, snapshot, minions, { issue: true })
  const told = problems.length > 0 || compiled.length > 0 ? problems : waiting.flatMap(one => one.problems)
  if (told.length > 0) throw new AppError(told)
  return { compiled, waiting }
}

/** Pure. */
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

function unique(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map(problem => [canonicalJson(problem), problem])).values()]
}
