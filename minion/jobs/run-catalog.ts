import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Catalog, decodeCatalog } from '../../protocol/catalog.ts'
import type { CheckResult } from '../../protocol/checks.ts'
import { type Problem, problemsOf } from '../../protocol/errors.ts'
import { scrubber } from '../../protocol/hide-secrets.ts'
import type { JobId, RunId, StateKey } from '../../protocol/ids.ts'
import type { OrphanWish } from '../../protocol/order.ts'
import { countOutcomes, type Report, type StateResult } from '../../protocol/report.ts'
import type { Registry } from '../../states/registry.ts'
import type { System } from '../../states/system.ts'
import { backupTo, pruneBackups } from '../apply/backups.ts'
import { openConfirmWindow } from '../apply/confirm-window.ts'
import { applyCatalog } from '../apply/engine.ts'
import { type Journal, openJournal, type RunHead } from '../apply/journal.ts'
import { type Ledger, loadLedger } from '../apply/ledger.ts'
import { type OrphanRun, orphanRun, saidResults } from '../apply/orphan-run.ts'
import { type Ownership, ownershipOf } from '../apply/ownership.ts'
import { loadPendingTriggers } from '../apply/pending-triggers.ts'
import { packagesNeededBy } from '../apply/removals.ts'
import { StateSignal } from '../apply/state-signal.ts'
import { runChecks } from '../checks/run-checks.ts'
import { observeHost } from '../observe/observe.ts'
import { appliedValues } from '../system/applied-values.ts'
import { linuxSystem } from '../system/linux.ts'
import { spawnProgram } from '../system/spawn.ts'
import { explainWrite } from '../system/write-atomic.ts'
import type { CatalogCache } from './catalog-cache.ts'
import type { KnownSecrets } from './known-secrets.ts'
import type { OpenedCatalog } from './open-catalog.ts'

/** One run to carry out on this host. */
export interface RunOrder {
  readonly run: RunId
  readonly job: JobId | undefined
  readonly test: boolean
  readonly origin: Report['origin']
  readonly opened: OpenedCatalog
  /** Absent: the catalog is applied. */
  readonly orphans?: OrphanWish
}

export interface RunWorld {
  readonly stateDirectory: string
  readonly registry: Registry
  readonly cache: CatalogCache
  /** Includes secrets of earlier catalogs: reports are scrubbed of them. */
  readonly secrets: Pick<KnownSecrets, 'with'>
  readonly bootId: string
  readonly now: () => number
  readonly cancelled: AbortSignal
  /** Rejects when the master cannot be reached by a new connection now. */
  readonly probe: (signal: AbortSignal) => Promise<void>
  /** Called before the first state, with the number of states. */
  readonly onBegin: (states: number) => void
  readonly onProgress: (index: number, key: StateKey, result?: StateResult) => void
}

/** A dry run performs nothing that could be interrupted. */
const NO_JOURNAL = { begin: () => undefined, acting: () => Promise.resolve(), end: () => Promise.resolve() }

/** Paths below a minion's state directory. */
export function minionPaths(stateDirectory: string) {
  return {
    journal: join(stateDirectory, 'journal'),
    outbox: join(stateDirectory, 'outbox'),
    pendingTriggers: join(stateDirectory, 'owed.json'),
    lock: join(stateDirectory, 'apply.lock'),
    confirm: join(stateDirectory, 'confirm.json'),
    /** The former `confirm`, from the rollback until the report of its run is on disk. */
    reverted: join(stateDirectory, 'reverted.json'),
    ledger: join(stateDirectory, 'ledger.jsonl'),
    backups: join(stateDirectory, 'backup'),
  } as const
}

/** Applies a catalog to this host and returns the report. Never throws: errors are in the report. */
export async function runCatalog(order: RunOrder, world: RunWorld): Promise<Report> {
  const { test, opened } = order
  const { secrets } = opened
  const { cancelled, now, registry } = world
  const paths = minionPaths(world.stateDirectory)
  const scrub = scrubber(world.secrets.with(secrets))
  const signal = new StateSignal()
  let head = headOf(order, world, opened.catalog)
  let journal: Journal | undefined
  try {
    const lastApplied = order.orphans === undefined ? undefined : await lastAppliedOf(world.cache)
    const system = systemOf(world, signal, [opened.catalog, ...(lastApplied === undefined ? [] : [lastApplied])])
    const ledger = await loadLedger(paths.ledger)
    const about = orphanRunOf(order, registry, ledger, lastApplied)
    const ownership = ownershipOf(opened.catalog, { ledger, registry, system, test, orphanRun: about })
    const { catalog } = ownership
    head = { ...head, states: headStates(catalog) }
    journal = test ? undefined : await openJournal(paths.journal, head, now)
    const pending = await loadPendingTriggers(paths.pendingTriggers)
    const keys = new Set(catalog.states.map(({ key }) => key))
    const pendingOf = (): Report['owed'] => pending.all.filter(({ state }) => keys.has(state))
    const backup = backupTo(join(paths.backups, order.run))
    const confirm = openConfirmWindow({ path: paths.confirm, run: order.run, system, probe: world.probe })
    const { onProgress } = world
    world.onBegin(catalog.states.length)
    const host = { system, registry, now, pending, backup, confirm, ownership, onProgress, scrub, signal }
    const applied = await applyCatalog(
      { ...host, journal: journal ?? NO_JOURNAL, pause: pauseUntil },
      { catalog, secrets, test, cancelled, watchers: about?.watchers },
    )
    const { results, exports } = applied
    if (about !== undefined) {
      const settled = await settleOrphans(about, { results, ownership, ledger, test, now, cancelled })
      return reportOf(head, now(), { ...settled, state: applied.state, owed: pendingOf() })
    }
    const orphans = await ownership.finish(results)
    const checkDeps = { spawn: spawnProgram, now, pause: pauseUntil, scrub }
    const checks = await runChecks(checkDeps, { catalog, secrets, test, cancelled, results })
    const observed = cancelled.aborted ? undefined : await observeHost(catalog, system, now)
    return reportOf(head, now(), {
      results,
      state: stateAfterChecks(applied.state, checks, cancelled.aborted),
      ...(checks.length === 0 ? {} : { checks }),
      ...(observed === undefined ? {} : { observed }),
      ...(orphans.length === 0 ? {} : { orphans }),
      ...(Object.keys(exports).length === 0 ? {} : { exports }),
      owed: pendingOf(),
    })
  } catch (error) {
    const problem = scrub(problemsOf(explainWrite(error, paths.journal))[0])
    return reportOf(head, now(), { results: [], state: 'failed', owed: [], problem })
  } finally {
    await journal?.close()
    // A backup that cannot be removed now is retried after the next run.
    if (!test) await pruneBackups(paths.backups, now()).catch(() => undefined)
  }
}

/** The host of this process, for states of these catalogs. */
function systemOf(
  { stateDirectory, cache, registry }: RunWorld,
  signal: StateSignal,
  catalogs: readonly Catalog[],
): System {
  return linuxSystem({
    applied: appliedValues(stateDirectory),
    blobPath: hash => cache.blobPath(hash),
    neededPackages: () => packagesNeededBy(catalogs, registry),
    signal: () => signal.current,
  })
}

/** Throws STATE_DAMAGED when the catalog that was applied last cannot be read. */
async function lastAppliedOf(cache: CatalogCache): Promise<Catalog | undefined> {
  const signed = await cache.load()
  return signed === undefined ? undefined : decodeCatalog(signed.catalog)
}

function orphanRunOf(
  { orphans: wish, opened, test }: RunOrder,
  registry: Registry,
  ledger: Ledger,
  applied: Catalog | undefined,
): OrphanRun | undefined {
  if (wish === undefined) return undefined
  return orphanRun({ current: opened.catalog, applied, ledger: ledger.entries, registry, wish, test })
}

interface SettleDeps extends Pick<RunWorld, 'now' | 'cancelled'>, Pick<RunOrder, 'test'> {
  readonly results: readonly StateResult[]
  readonly ownership: Ownership
  readonly ledger: Ledger
}

/** Forgets orphans in the ledger; returns the results of the whole run, and the orphans that are left. */
async function settleOrphans(
  about: OrphanRun,
  { results, ownership, ledger, test, now, cancelled }: SettleDeps,
): Promise<Pick<Report, 'results' | 'orphans'>> {
  const isCancelled = cancelled.aborted
  if (!test && !isCancelled) await ledger.release(about.forgotten)
  const orphans = await ownership.finish(results)
  const said = isCancelled ? [] : saidResults(about, now())
  // A cancelled forget has left more than it decided to leave.
  return { results: [...results, ...said], ...(isCancelled && about.forgotten.length > 0 ? {} : { orphans }) }
}

function headOf(
  { run, job, test, origin, opened, orphans }: RunOrder,
  { bootId, now }: RunWorld,
  catalog: Catalog,
): RunHead {
  return {
    run,
    ...(job === undefined ? {} : { job }),
    minion: catalog.minion,
    test,
    ...(orphans === undefined ? {} : { orphanRun: orphans.do }),
    origin,
    catalog: opened.hash,
    generation: opened.generation,
    bootId,
    startedAt: new Date(now()).toISOString(),
    states: headStates(catalog),
  }
}

function headStates({ states }: Catalog): RunHead['states'] {
  return states.map(({ key, type, id, name, role, declaredAt }) => ({ key, type, id, name, role, declaredAt }))
}

/** A failed check fails a run that had succeeded so far. Pure. */
function stateAfterChecks(state: Report['state'], checks: readonly CheckResult[], cancelled: boolean): Report['state'] {
  if (state !== 'done') return state
  if (cancelled) return 'cancelled'
  return checks.some(({ outcome }) => outcome === 'failed') ? 'failed' : 'done'
}

/** Builds the report of a run with this head. Pure. */
export function reportOf(
  { states: _states, ...head }: RunHead,
  finishedAtMs: number,
  end: Pick<Report, 'results' | 'checks' | 'observed' | 'exports' | 'orphans' | 'state' | 'owed'> & {
    readonly problem?: Problem
  },
): Report {
  return {
    format: 1,
    ...head,
    ...end,
    finishedAt: new Date(finishedAtMs).toISOString(),
    durationMs: Math.max(0, finishedAtMs - Date.parse(head.startedAt)),
    counts: countOutcomes(end.results),
  }
}

async function pauseUntil(ms: number, ended: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal: ended }).catch(() => undefined)
}
