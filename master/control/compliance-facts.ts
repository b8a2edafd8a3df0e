import { type Catalog, decodeCatalog } from '../../protocol/catalog.ts'
import type { Problem } from '../../protocol/errors.ts'
import type { MinionId } from '../../protocol/ids.ts'
import type { AppliedFacts, ComplianceFacts, MinionFacts, PastRun, TestFacts } from '../compliance/facts.ts'
import type { TrendPoint } from '../compliance/report.ts'
import { fromStored, type StoredReport } from '../compliance/stored-report.ts'
import type { ControlContext } from '../context.ts'
import type { Run } from '../store/tables/run-row.ts'
import { type CompiledMinion, compileMinions } from './compile-minions.ts'
import type { FleetMinion, FleetSnapshot } from './snapshot.ts'

/** Number of runs searched for the start of a problem, and of earlier points in the trend. */
const HISTORY = 200
const TREND = 59

/** Every minion with its catalog or its problems, so that one that does not compile does not hide the others. */
export interface CompiledFleet {
  readonly compiled: ReadonlyMap<MinionId, CompiledMinion>
  readonly problems: ReadonlyMap<MinionId, readonly Problem[]>
  /** Problems that do not belong to a minion. */
  readonly common: readonly Problem[]
}

/** Compiles all minions; those without a catalog get their problems. */
export async function compileEach(
  context: ControlContext,
  snapshot: FleetSnapshot,
  minions: readonly FleetMinion[],
  issue: boolean,
): Promise<CompiledFleet> {
  const { compiled, waiting, broken, common } = await compileMinions(context, snapshot, minions, { issue })
  const problems = new Map([...waiting, ...broken].map(one => [one.minion.id, one.problems]))
  return { compiled: new Map(compiled.map(one => [one.minion.id, one])), problems, common }
}

/** Collects facts about one minion from the store and its link. `test`: the run to evaluate. */
export function minionFacts(
  context: ControlContext,
  minion: FleetMinion,
  fleet: CompiledFleet,
  test: Run | undefined,
): MinionFacts {
  const { store, links } = context
  const { id, known, roles, assignment } = minion
  const compiled = fleet.compiled.get(id)?.compiled.catalog
  const applied = appliedFacts(context, id)
  return {
    minion: id,
    ...(assignment.level === undefined ? {} : { level: assignment.level }),
    roles,
    connected: links.isOnline(id),
    ...(known?.lastSeenAt === undefined ? {} : { lastSeenAt: known.lastSeenAt }),
    ...(compiled === undefined ? {} : { compiled }),
    problems: fleet.problems.get(id) ?? [],
    ...(test === undefined ? {} : { test: testFacts(context, test) }),
    ...(applied === undefined ? {} : { applied }),
    history: store.history.of(id, HISTORY).map(({ run, at, wrong }): PastRun => ({ run, at, wrong })),
  }
}

/** Finds the last test run of a minion that has a report. */
export function lastTest({ store }: Pick<ControlContext, 'store'>, minion: MinionId): Run | undefined {
  const run = store.history.last(minion, 'test')
  return run === undefined ? undefined : store.runs.get(run)
}

function testFacts({ store }: Pick<ControlContext, 'store'>, run: Run): TestFacts {
  const report = store.reports.get(run.id)
  const catalog = catalogOf(store, run)
  return {
    run: run.id,
    state: run.state,
    queuedAt: run.queuedAt,
    ...(catalog === undefined ? {} : { catalog }),
    ...(report === undefined ? {} : { report }),
    ...(run.problem === undefined ? {} : { problem: run.problem }),
  }
}

/** The last apply of a minion that reported; without a catalog that this master does not have. */
export function lastApplied(
  { store }: Pick<ControlContext, 'store'>,
  minion: MinionId,
): { readonly run: Run; readonly catalog: Catalog | undefined } | undefined {
  const id = store.history.last(minion, 'apply')
  const run = id === undefined ? undefined : store.runs.get(id)
  return run === undefined ? undefined : { run, catalog: catalogOf(store, run) }
}

function appliedFacts(context: Pick<ControlContext, 'store'>, minion: MinionId): AppliedFacts | undefined {
  const { store } = context
  const last = lastApplied(context, minion)
  const report = last === undefined ? undefined : store.reports.get(last.run.id)
  if (last === undefined || report === undefined) return undefined
  const { run, catalog } = last
  const git = store.jobs.head(run.job)?.git
  return {
    run: run.id,
    at: report.finishedAt,
    report,
    ...(catalog === undefined ? {} : { catalog }),
    ...(git === undefined ? {} : { git }),
  }
}

/** Undefined for a catalog that was made without this master or by an older one. */
function catalogOf({ blobs }: ControlContext['store'], { catalog }: Run): Catalog | undefined {
  const bytes = blobs.get(catalog)
  if (bytes === undefined) return undefined
  try {
    return decodeCatalog(bytes)
  } catch {
    return undefined
  }
}

/**
 * Loads earlier reports of the same target, if they include no minion that is hidden from the caller. `sees` is absent for a
 * caller who sees all: then only the last report is read.
 */
export function complianceBefore(
  { store }: Pick<ControlContext, 'store'>,
  target: string,
  sees: ((minion: string) => boolean) | undefined,
): Pick<ComplianceFacts, 'trend' | 'before'> {
  const earlier = store.compliance.list(TREND, target).filter(one => {
    if (sees === undefined) return true
    return store.compliance.body<StoredReport>(one.report).judgements.every(({ minion }) => sees(minion))
  })
  const [last] = earlier
  const trend = earlier.map(({ id, at, score, findings }): TrendPoint => ({ id, at, score, findings })).toReversed()
  return last === undefined
    ? { trend }
    : { trend, before: fromStored(store.compliance.body<StoredReport>(last.report)) }
}
