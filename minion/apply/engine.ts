import type { Catalog, CatalogState, ExportPlace } from '../../protocol/catalog.ts'
import { limitText } from '../../protocol/duration.ts'
import { AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import type { StateKey } from '../../protocol/ids.ts'
import { isJsonObject, type Json, type JsonObject } from '../../protocol/json.ts'
import type { StateOutcome } from '../../protocol/outcomes.ts'
import { isFailure, type Report, type ResultOutcome, resultOf, type StateResult } from '../../protocol/report.ts'
import type { Registry } from '../../states/registry.ts'
import { bindOnce } from './bind.ts'
import type { ConfirmWindow } from './confirm-window.ts'
import { decide } from './decision.ts'
import type { Watchers } from './orphan-run.ts'
import { createPrefetch } from './prefetch.ts'
import { reactionsOf } from './reactions.ts'
import { secretFilesOf } from './secret-files.ts'
import { type Secrets, slotOpener } from './slots.ts'
import { type StepDeps, type StepOutcome, secondsOf, stepState } from './step.ts'

/** Dependencies of the engine. */
export interface EngineDeps extends StepDeps {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Reports progress, for display only. */
  readonly onProgress: (index: number, key: StateKey, result?: StateResult) => void
  /** Redacts secret values in texts. */
  readonly scrub: <T>(value: T) => T
  /** Waits; ends early when the signal is aborted. Never throws. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

export interface ApplyOptions {
  readonly catalog: Catalog
  /** By slot number; decrypted in memory after the signature was verified. */
  readonly secrets: Secrets
  /** Dry run: perform nothing. */
  readonly test: boolean
  /** Aborted when the run is cancelled. */
  readonly cancelled: AbortSignal
  /** States that are not applied, and only react; absent: every state is applied. */
  readonly watchers?: Watchers | undefined
}

export interface Applied {
  readonly results: readonly StateResult[]
  /** Values exported by converged states, by `role/name`. */
  readonly exports: JsonObject
  readonly state: Report['state']
}

/**
 * Applies a catalog in order. Requisites, dry runs, reactions and convergence are decided here and nowhere else. Every state
 * gets a result, even one that did not run.
 */
export async function applyCatalog(deps: EngineDeps, options: ApplyOptions): Promise<Applied> {
  const { catalog, test, cancelled } = options
  const outcomes = new Map<StateKey, StateOutcome>()
  const unsettled = new Set<StateKey>()
  const results: StateResult[] = []
  const bind = bindOnce(deps.registry, slotOpener(catalog, options.secrets))
  const prefetch = createPrefetch(catalog.states, bind, deps.system)
  const secretFiles = secretFilesOf(catalog, deps.registry, deps.system)
  const run = { catalog, test, bind, prefetch, secretFiles, watchers: options.watchers }
  const exports = createExports()
  const rechecks: Recheck[] = []
  let stopped: string | undefined
  for (const [index, state] of catalog.states.entries()) {
    if (cancelled.aborted) stopped ??= 'the run was cancelled'
    if (stopped !== undefined) {
      results.push(resultOf(state, deps.now(), { outcome: 'not-run', note: stopped }, 0))
      continue
    }
    deps.onProgress(index, state.key)
    const startedAt = deps.now()
    stopped = test ? undefined : await unwritable(() => deps.journal.begin(state.key))
    if (stopped !== undefined) {
      results.push(resultOf(state, startedAt, { outcome: 'not-run', note: stopped }, 0))
      continue
    }
    const past = {
      outcomes,
      unsettled,
      pending: deps.pending.all.filter(trigger => trigger.state === state.key).map(({ cause }) => cause),
    }
    const decision = decide(state, past)
    const outcome =
      decision.do === 'end'
        ? { outcome: decision.outcome, note: decision.note }
        : await timed(deps, state, cancelled, () =>
            stepState(deps, { ...run, state, index, decision, pending: past.pending }),
          )
    if (state.exportAs !== undefined && outcome.exported !== undefined)
      exports.add(state.exportAs, deps.scrub(outcome.exported))
    if (outcome.recheck !== undefined) rechecks.push({ index: results.length, check: outcome.recheck })
    const result = resultOf(state, startedAt, withoutSecrets(deps, outcome), deps.now() - startedAt)
    outcomes.set(state.key, result.outcome)
    if (isUnsettled(result.outcome, decision)) unsettled.add(state.key)
    results.push(result)
    if (!test) stopped = await unwritable(() => deps.journal.end(result))
    deps.onProgress(index, state.key, result)
    if (deps.confirm.armed.length > 0 && isSettled(deps.confirm, catalog, index)) await settle(deps, results, outcomes)
    if (state.failhard === true && isFailure(result.outcome) && !test)
      stopped = `${state.key} failed and has \`failhard\``
  }
  if (deps.confirm.armed.length > 0) await settle(deps, results, outcomes)
  await prefetch.idle()
  await recheckAll(deps, rechecks, results, cancelled)
  const failed = results.some(({ outcome }) => isFailure(outcome)) || stopped !== undefined
  return { results, exports: exports.all(), state: cancelled.aborted ? 'cancelled' : failed ? 'failed' : 'done' }
}

/** True when what the state would do is not known for certain, so that states which depend on it may change too. */
function isUnsettled(outcome: StateOutcome, decision: ReturnType<typeof decide>): boolean {
  return outcome === 'would-change' || outcome === 'may-change' || (decision.do === 'run' && decision.uncertain)
}

/** Collects the values that the states of a run export. */
function createExports(): { add(place: ExportPlace, value: Json): void; all(): JsonObject } {
  const values = new Map<string, Json>()
  return {
    add: ({ name, key }, value) => {
      const before = values.get(name)
      values.set(name, key === undefined ? value : { ...(isJsonObject(before) ? before : {}), [key]: value })
    },
    all: () => Object.fromEntries(values),
  }
}

/** True when no reaction to an armed change is left to run, or the window's time is over. */
function isSettled({ armed, over }: ConfirmWindow, { states }: Catalog, index: number): boolean {
  if (over?.aborted === true) return true
  return armed.every(key => reactionsOf(states).last(key) <= index)
}

/** Keeps the armed changes, or rolls them back and marks every state that made them as reverted. */
async function settle(deps: EngineDeps, results: StateResult[], outcomes: Map<StateKey, StateOutcome>): Promise<void> {
  const armed = new Set(deps.confirm.armed)
  const settled = await deps.confirm.settle()
  if (settled.how === 'kept') return
  for (const [index, result] of results.entries()) {
    if (!armed.has(result.key)) continue
    const reverted = { ...result, outcome: 'reverted', problem: deps.scrub(settled.problem) } as const
    results[index] = reverted
    outcomes.set(result.key, 'reverted')
    await unwritable(() => deps.journal.end(reverted))
    deps.onProgress(index, result.key, reverted)
  }
}

/** The part of an outcome that goes into the report, with its texts redacted. State names never hold secrets. */
function withoutSecrets({ scrub }: EngineDeps, step: StepOutcome): ResultOutcome {
  const { exported: _exported, recheck: _recheck, ...outcome } = step
  const { actions, diff, output, note, problem } = outcome
  return {
    ...outcome,
    ...scrub({
      ...(actions && { actions }),
      ...(diff && { diff }),
      ...(output && { output }),
      ...(note && { note }),
      ...(problem && { problem }),
    }),
  }
}

/** A recheck at the end of the run, of the state whose result is at `index`. */
interface Recheck {
  readonly index: number
  readonly check: () => Promise<Problem | undefined>
}

/** A service that crashes soon after its start still looks alive right after it. */
const RECHECK_AFTER_MS = 1_000

/** Repeats the checks at the end of the run and turns failed ones into failures. */
async function recheckAll(
  deps: EngineDeps,
  rechecks: readonly Recheck[],
  results: StateResult[],
  cancelled: AbortSignal,
): Promise<void> {
  if (rechecks.length === 0 || cancelled.aborted) return
  await deps.pause(RECHECK_AFTER_MS, cancelled)
  for (const { index, check } of rechecks) {
    const result = results[index]
    if (result === undefined || isFailure(result.outcome)) continue
    const problem = await check().catch((error: unknown) => problemsOf(error)[0])
    if (problem === undefined) continue
    const failed = { ...result, outcome: 'failed', problem: deps.scrub(problem) } as const
    results[index] = failed
    await unwritable(() => deps.journal.end(failed))
    deps.onProgress(index, failed.key, failed)
  }
}

/**
 * The reason why the journal cannot be written, if so: then nothing more is done to the host, and what was done is still
 * reported.
 */
async function unwritable(write: () => Promise<void> | void): Promise<string | undefined> {
  try {
    await write()
    return undefined
  } catch (error) {
    return `the journal of the run cannot be written: ${problemsOf(error)[0].message}`
  }
}

async function timed(
  deps: EngineDeps,
  state: CatalogState,
  cancelled: AbortSignal,
  run: () => Promise<StepOutcome>,
): Promise<StepOutcome> {
  const seconds = secondsOf(state)
  const { over } = deps.confirm
  let timeout: AbortSignal | undefined
  deps.signal.begin(() => {
    timeout = AbortSignal.timeout(seconds * 1000)
    return AbortSignal.any([cancelled, timeout, ...(over === undefined ? [] : [over])])
  })
  try {
    const outcome = await run()
    if (timeout?.aborted !== true || outcome.outcome !== 'failed') return outcome
    const problem: Problem = {
      code: 'STATE_TIMEOUT',
      message: `the state did not finish within ${limitText(seconds * 1000)}; all processes that it started were killed`,
      hint: `Give it more time: \`timeout: ${seconds * 2}\`.`,
    }
    return { ...outcome, problem }
  } finally {
    deps.signal.end()
  }
}

/**
 * Makes sure that the registry has every state type of the catalog with the same hash. Throws CATALOG_REFUSED, which names
 * those that differ.
 */
export function assertStateTypes(catalog: Catalog, registry: Registry): void {
  const differing = Object.entries(catalog.stateTypes).filter(([type, hash]) => registry.get(type)?.hash !== hash)
  if (differing.length === 0) return
  throw new AppError({
    code: 'CATALOG_REFUSED',
    message: `this minion has another version of ${differing.map(([type]) => `\`${type}\``).join(', ')} than the master`,
    hint: 'Upgrade master and minion to the same version.',
  })
}
