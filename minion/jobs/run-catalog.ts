import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Catalog } from '../../protocol/catalog.ts'
import type { CheckResult } from '../../protocol/checks.ts'
import { type Problem, problemsOf } from '../../protocol/errors.ts'
import { scrubber } from '../../protocol/hide-secrets.ts'
import type { JobId, RunId, StateKey } from '../../protocol/ids.ts'
import { countOutcomes, type Report, type StateResult } from '../../protocol/report.ts'
import type { Registry } from '../../states/registry.ts'
import { backupTo, pruneBackups } from '../apply/backups.ts'
import { openConfirmWindow } from '../apply/confirm-window.ts'
import { applyCatalog } from '../apply/engine.ts'
import { type Journal, openJournal, type RunHead } from '../apply/journal.ts'
import { loadLedger } from '../apply/ledger.ts'
import { ownershipOf } from '../apply/ownership.ts'
import { loadPendingTriggers } from '../apply/pending-triggers.ts'
import { runChecks } from '../checks/run-checks.ts'
import { observeHost } from '../observe/observe.ts'
import { appliedValues } from '../system/applied-values.ts'
import { linuxSystem } from '../system/linux.ts'
import { spawnProgram } from '../system/spawn.ts'
import { explainWrite } from '../system/write-atomic.ts'
import type { CatalogCache } from './catalog-cache.ts'
import type { OpenedCatalog } from './open-catalog.ts'

/** One run to be carried out on this host. */
export interface RunOrder {
  readonly run: RunId
  readonly job: JobId | undefined
  readonly test: boolean
  readonly origin: Report['origin']
  readonly opened: OpenedCatalog
}

export interface RunWorld {
  readonly stateDirectory: string
  readonly registry: Registry
  readonly cache: CatalogCache
  readonly bootId: string
  readonly now: () => number
  readonly cancelled: AbortSignal
  /** Rejects when the master cannot be reached by a new connection now. */
  readonly probe: (signal: AbortSignal) => Promise<void>
  readonly onProgress: (index: number, key: StateKey, result?: StateResult) => void
}

/** A test performs nothing that could be interrupted. */
const NO_JOURNAL = { begin: () => undefined, acting: () => Promise.resolve(), end: () => Promise.resolve() }

/** Where things lie below a minion's state directory. */
export function minionPaths(stateDirectory: string) {
  return {
    journal: join(stateDirectory, 'journal'),
    outbox: join(stateDirectory, 'outbox'),
    pendingTriggers: join(stateDirectory, 'owed.json'),
    lock: join(stateDirectory, 'apply.lock'),
    confirm: join(stateDirectory, 'confirm.json'),
    /** What `confirm` held, from when it was put back until the report of its run is on disk. */
    reverted: join(stateDirectory, 'reverted.json'),
    ledger: join(stateDirectory, 'ledger.jsonl'),
    backups: join(stateDirectory, 'backup'),
  } as const
}

/** Applies a catalog to this host and gives its report. Never throws: whatever goes wrong is in the report. */
export async function runCatalog(order: RunOrder, world: RunWorld): Promise<Report> {
  const { run, job, test, origin, opened } = order
  const { hash, generation, secrets } = opened
  const paths = minionPaths(world.stateDirectory)
  const startedAt = new Date(world.now()).toISOString()
  const headOf = ({ minion, states }: Catalog): RunHead => ({
    run,
    ...(job === undefined ? {} : { job }),
    minion,
    test,
    origin,
    catalog: hash,
    generation,
    bootId: world.bootId,
    startedAt,
    states: states.map(({ key, type, id, name, role, declaredAt }) => ({ key, type, id, name, role, declaredAt })),
  })
  let head = headOf(opened.catalog)
  const signal: { current: AbortSignal | undefined } = { current: undefined }
  let journal: Journal | undefined
  try {
    const system = linuxSystem({
      applied: appliedValues(world.stateDirectory),
      blobPath: hash => world.cache.blobPath(hash),
      signal: () => signal.current,
    })
    const { registry } = world
    const ledger = await loadLedger(paths.ledger)
    const ownership = ownershipOf(opened.catalog, { ledger, registry, system, test })
    const { catalog } = ownership
    head = headOf(catalog)
    journal = test ? undefined : await openJournal(paths.journal, head, world.now)
    const pending = await loadPendingTriggers(paths.pendingTriggers)
    const applied = await applyCatalog(
      {
        system,
        registry,
        now: world.now,
        pending,
        backup: backupTo(join(paths.backups, run)),
        journal: journal ?? NO_JOURNAL,
        confirm: openConfirmWindow({ path: paths.confirm, run, system, probe: world.probe }),
        claim: state => ownership.claim(state),
        onProgress: world.onProgress,
        scrub: scrubber(secrets),
        pause: pauseUntil,
        signal,
      },
      { catalog, secrets, test, cancelled: world.cancelled },
    )
    const orphans = await ownership.finish(applied.results)
    const checks = await runChecks(
      { spawn: spawnProgram, now: world.now, pause: pauseUntil, scrub: scrubber(secrets) },
      { catalog, secrets, test, cancelled: world.cancelled, results: applied.results },
    )
    const observed = world.cancelled.aborted ? undefined : await observeHost(catalog, system, world.now)
    const keys = new Set(catalog.states.map(({ key }) => key))
    const own = pending.all.filter(({ state }) => keys.has(state))
    return reportOf(head, world.now(), {
      results: applied.results,
      state: stateAfterChecks(applied.state, checks, world.cancelled.aborted),
      ...(checks.length === 0 ? {} : { checks }),
      ...(observed === undefined ? {} : { observed }),
      ...(orphans.length === 0 ? {} : { orphans }),
      ...(Object.keys(applied.exports).length === 0 ? {} : { exports: applied.exports }),
      owed: own,
    })
  } catch (error) {
    const problem = scrubber(secrets)(problemsOf(explainWrite(error, paths.journal))[0])
    return reportOf(head, world.now(), { results: [], state: 'failed', owed: [], problem })
  } finally {
    await journal?.close()
    // A backup that cannot be removed now is tried again after the next run.
    if (!test) await pruneBackups(paths.backups, world.now()).catch(() => undefined)
  }
}

/** A failing check fails a run that was fine until then. Pure. */
function stateAfterChecks(state: Report['state'], checks: readonly CheckResult[], cancelled: boolean): Report['state'] {
  if (state !== 'done') return state
  if (cancelled) return 'cancelled'
  return checks.some(({ outcome }) => outcome === 'failed') ? 'failed' : 'done'
}

/** The report of a run with this head. Pure. */
export function reportOf(
  { states: _states, ...head }: RunHead,
  finishedAtMs: number,
  end: Pick<Report, 'results' | 'checks' | 'observed' | 'exports' | 'state' | 'owed'> & { readonly problem?: Problem },
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
