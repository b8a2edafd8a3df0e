import { join } from 'node:path'
import { AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import { fitReport } from '../../protocol/fit-report.ts'
import { scrubber } from '../../protocol/hide-secrets.ts'
import type { RunId, StateKey } from '../../protocol/ids.ts'
import { LIMITS } from '../../protocol/limits.ts'
import type { Report, StateResult } from '../../protocol/report.ts'
import { decodeReport } from '../../protocol/report-codec.ts'
import { diedUnconfirmed, forgetArmed, lacksRoom, markPutBack, putBack, readArmed } from '../apply/confirm-window.ts'
import { readInterrupted, removeJournal, unfinishedRuns } from '../apply/journal.ts'
import { lockApply } from '../apply/lock.ts'
import { loadPendingTriggers } from '../apply/pending-triggers.ts'
import type { Outbox } from '../link/outbox.ts'
import { appliedValues } from '../system/applied-values.ts'
import { linuxSystem } from '../system/linux.ts'
import type { CatalogCache } from './catalog-cache.ts'
import type { KnownSecrets } from './known-secrets.ts'
import { minionPaths, reportOf } from './run-catalog.ts'

export interface TurnDeps {
  readonly stateDirectory: string
  readonly cache: CatalogCache
  readonly outbox: Outbox
  readonly secrets: Pick<KnownSecrets, 'all'>
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
}

/**
 * Takes the turn to apply on this host; returns a function that releases it. First cleans up after a process that was killed
 * during its turn: an unconfirmed change is rolled back, and its run gets a report. Nothing is ever applied on top of such a
 * change. Throws STATE_DAMAGED when the data for the rollback cannot be read, and DISK_FULL when there is no room for the
 * rollback or the report; then the turn is released, and the next turn retries both.
 */
export async function takeApplyTurn(
  deps: TurnDeps,
  wait: Parameters<typeof lockApply>[1],
): Promise<() => Promise<void>> {
  const release = await lockApply(minionPaths(deps.stateDirectory).lock, wait)
  try {
    await cleanUp(deps)
    return release
  } catch (error) {
    await release()
    throw error
  }
}

/** Call only while holding the turn: then every journal belongs to a dead run. */
async function cleanUp(deps: TurnDeps): Promise<void> {
  const { stateDirectory, outbox, log } = deps
  const { journal, confirm, reverted: putBackMark } = minionPaths(stateDirectory)
  const reverted = await revertUnconfirmed(deps)
  const reported = new Set([...(await outbox.list()), ...(await outbox.refused())])
  for (const run of await unfinishedRuns(journal)) {
    // The run ended; its report waits for disk space.
    if (outbox.isInMemory(run)) continue
    if (!reported.has(run)) {
      const report = await interruptedReport(deps, run, reverted)
      if (report !== undefined) {
        await outbox.put(run, report)
        log('run-interrupted', { run })
      }
    }
    await removeJournal(journal, run)
  }
  if (reverted === undefined) return
  // Keep this until now: a report that found no room must be the same when it is created again.
  await forgetArmed(confirm)
  await forgetArmed(putBackMark)
}

/**
 * Creates the report of a run that died; undefined when its journal does not yield a valid one. A damaged journal must not stop
 * the agent: the master learns that the run is lost.
 */
async function interruptedReport(
  deps: TurnDeps,
  run: RunId,
  reverted: Unconfirmed | undefined,
): Promise<Uint8Array | undefined> {
  const { journal } = minionPaths(deps.stateDirectory)
  try {
    const died = await readInterrupted(journal, run)
    if (died === undefined) throw new Error('not even its head is whole')
    const problem: Problem = {
      code: 'RUN_INTERRUPTED',
      message: 'the minion was killed during this run',
      hint: 'Apply again; pending triggers then run.',
    }
    const pending = await pendingNow(deps)
    const report = reportOf(died.head, deps.now(), {
      results: withReverted(died.results, reverted),
      state: 'failed',
      owed: pending.filter(({ state }) => died.head.states.some(({ key }) => key === state)),
      problem,
    })
    const bytes = fitReport(report, LIMITS.reportBytes)
    // Validate it as the master will: a journal can contain anything.
    decodeReport(bytes)
    return bytes
  } catch (error) {
    deps.log('journal-unreadable', { run, path: join(journal, `${run}.jsonl`), message: problemsOf(error)[0].message })
    return undefined
  }
}

/** Returns none when the file is damaged: the next run fails because of it and says what to do. */
async function pendingNow({ stateDirectory, log }: TurnDeps): Promise<Report['owed']> {
  try {
    return (await loadPendingTriggers(minionPaths(stateDirectory).pendingTriggers)).all
  } catch (error) {
    log('pending-triggers-unreadable', { message: problemsOf(error)[0].message })
    return []
  }
}

interface Unconfirmed {
  readonly states: readonly StateKey[]
  readonly problem: Problem
}

/**
 * Rolls back a window that was open when its process or host died: it was never confirmed, so this comes before anything else.
 * After a complete rollback it is not repeated while the report waits for room, because the operator may be repairing the host.
 * Throws DISK_FULL.
 */
async function revertUnconfirmed({ stateDirectory, cache, secrets, log }: TurnDeps): Promise<Unconfirmed | undefined> {
  const { confirm, reverted } = minionPaths(stateDirectory)
  const armed = await readArmed(confirm)
  if (armed === undefined) {
    const before = await readArmed(reverted)
    return before === undefined ? undefined : { states: before.states, problem: diedUnconfirmed([]) }
  }
  const system = linuxSystem({
    applied: appliedValues(stateDirectory),
    blobPath: hash => cache.blobPath(hash),
    signal: () => undefined,
  })
  // A service that fails to start again reports its journal, which may contain secrets.
  const problems = scrubber(secrets.all)(await putBack(armed, system))
  if (lacksRoom(problems)) throw new AppError(problems.filter(problem => lacksRoom([problem])))
  if (problems.length === 0) await markPutBack(confirm, reverted)
  log('change-reverted', { run: armed.run, states: armed.states, problems })
  return { states: armed.states, problem: diedUnconfirmed(problems) }
}

/** Marks the states whose changes were rolled back as `reverted` in the results of a run that died. Pure. */
function withReverted(results: readonly StateResult[], reverted: Unconfirmed | undefined): readonly StateResult[] {
  if (reverted === undefined) return results
  const { states, problem } = reverted
  return results.map(result => (states.includes(result.key) ? { ...result, outcome: 'reverted', problem } : result))
}
