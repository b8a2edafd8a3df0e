import { shownText } from '../../protocol/byte-text.ts'
import type { Catalog, CatalogState } from '../../protocol/catalog.ts'
import { AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import type { StateKey } from '../../protocol/ids.ts'
import type { Json } from '../../protocol/json.ts'
import { LIMITS } from '../../protocol/limits.ts'
import type { ActionNote, ResultOutcome } from '../../protocol/report.ts'
import { type Action, isRestart } from '../../states/action.ts'
import type { BoundState, Inspection } from '../../states/define.ts'
import type { Registry } from '../../states/registry.ts'
import type { System } from '../../states/system.ts'
import { tailOf } from '../system/program-output.ts'
import { pathToBackUp } from './backups.ts'
import type { Bind } from './bind.ts'
import type { ConfirmWindow } from './confirm-window.ts'
import { type Decision, guardVerdict } from './decision.ts'
import { describeAction } from './describe.ts'
import type { Journal } from './journal.ts'
import type { Watchers } from './orphan-run.ts'
import type { Ownership } from './ownership.ts'
import type { PendingTrigger, PendingTriggers } from './pending-triggers.ts'
import type { Prefetch } from './prefetch.ts'
import { reactionsOf } from './reactions.ts'
import { type SecretFiles, secretFileKey, writesSecret } from './secret-files.ts'
import type { StateSignal } from './state-signal.ts'
import { diffOf } from './text-diff.ts'
import { withReload } from './unit-files.ts'

/** Dependencies of a step. */
export interface StepDeps {
  readonly system: System
  readonly registry: Registry
  readonly pending: PendingTriggers
  /** Backs up a path that is about to change. */
  readonly backup: (path: string) => Promise<void>
  readonly journal: Omit<Journal, 'close'>
  readonly confirm: ConfirmWindow
  /** Called before the first action of a state. */
  readonly ownership: Pick<Ownership, 'claim'>
  /** The engine begins and ends it with each state. */
  readonly signal: StateSignal
}

/** The outcome of a state, before its name and time are added for the report. */
export interface StepOutcome extends ResultOutcome {
  /** The exported value; not part of the result. */
  readonly exported?: Json
  /** A second inspection at the end of the run; not part of the result. */
  readonly recheck?: () => Promise<Problem | undefined>
}

export interface Step {
  readonly state: CatalogState
  /** Index in the catalog. */
  readonly index: number
  readonly catalog: Catalog
  readonly test: boolean
  readonly bind: Bind
  readonly prefetch: Prefetch
  readonly secretFiles: SecretFiles
  readonly decision: Extract<Decision, { do: 'run' }>
  /** Triggers left by earlier runs for this state. */
  readonly pending: readonly StateKey[]
  /** States that are not applied; undefined: none. */
  readonly watchers: Watchers | undefined
}

const NOT_APPLIED = 'it reacts on the next apply: its declaration is not applied yet'
const DIFFERS = 'it reacts on the next apply: the host differs from its declaration'

/** What was done so far, even if the rest fails. */
interface Done {
  readonly notes: ActionNote[]
  readonly diffs: string[]
  /** Remarks, for example what was waited for. */
  readonly remarks: string[]
  /** Stdout of programs whose output is shown. */
  readonly outputs: string[]
  restarted: boolean
  reacted: boolean
}

/** guards -> read -> plan -> perform -> react -> read -> plan must be empty. Never throws. */
export async function stepState(deps: StepDeps, step: Step): Promise<StepOutcome> {
  const { state, test, decision } = step
  const done: Done = { notes: [], diffs: [], remarks: [], outputs: [], restarted: false, reacted: false }
  try {
    const watcher = step.watchers?.get(state.key)
    if (watcher === 'wait') return { outcome: 'skipped', note: NOT_APPLIED }
    const skip = await guardVerdict(state.guards, deps.system, secondsOf(state) * 1000)
    if (skip !== undefined) {
      if (test && decision.uncertain)
        return { outcome: 'may-change', note: `${skip} now, but a state that it depends on would change first` }
      if (!test) await deps.pending.clear(triggersOf(step))
      return { outcome: 'skipped', note: skip }
    }
    const bound = step.bind(state)
    if (watcher === 'react' && (await bound.inspect(deps.system)).actions.length > 0)
      return { outcome: 'skipped', note: DIFFERS }
    return test ? await preview(deps, step, bound) : await run(deps, step, bound, done)
  } catch (error) {
    const [problem] = problemsOf(error)
    if (test && decision.uncertain) {
      return { outcome: 'may-change', note: `unknown until its dependencies exist: ${problem.message}` }
    }
    const note = done.remarks.length === 0 ? {} : { note: done.remarks.join('; ') }
    return { outcome: 'failed', problem, ...reportedPart(done), ...note }
  }
}

/** Default timeout of a state, in seconds. */
const DEFAULT_TIMEOUT = 3600

/** Timeout of a state in seconds, including its guards and checks. Pure. */
export function secondsOf({ timeout }: Pick<CatalogState, 'timeout'>): number {
  return timeout ?? DEFAULT_TIMEOUT
}

async function preview(
  { system }: StepDeps,
  { state, catalog, decision, prefetch, secretFiles, index }: Step,
  bound: BoundState,
): Promise<StepOutcome> {
  const { actions, reactions } = await prefetch.inspect(index, bound)
  secretFiles.add(actions)
  const diffs = await Promise.all(actions.map(action => diffOf(action, system, secretFiles.has)))
  const isReacting = decision.triggers.length > 0 && !actions.some(isRestart)
  // The file of the unit is still the old one, so systemd does not say yet that it must be read again.
  const isStale = isReacting && decision.triggers.some(cause => reactionsOf(catalog.states).changesUnit(cause))
  const reacting = !isReacting ? [] : isStale ? withReload(reactions) : reactions
  const all = [...actions, ...reacting]
  if (all.length === 0 && bound.absence && decision.uncertain) {
    return { outcome: 'may-change', note: 'there is nothing to remove yet, but a dependency may create it' }
  }
  if (all.length === 0) return { outcome: 'unchanged', ...(await exportedOf(state, bound, system)) }
  const diff = diffs.filter(text => text !== undefined).join('')
  return {
    outcome: 'would-change',
    actions: all.map(describeAction),
    ...(diff === '' ? {} : { diff }),
    ...(reacting.length > 0 ? { reacted: true, note: causes(decision.triggers) } : {}),
    ...(actions.length === 0 ? { follows: true } : {}),
  }
}

async function run(deps: StepDeps, step: Step, bound: BoundState, done: Done): Promise<StepOutcome> {
  const { state, decision, index, prefetch } = step
  const seen = await prefetch.inspect(index, bound)
  const { actions, reverts } = seen
  await performAll(deps, step, { actions, reverts }, done)
  if (decision.triggers.length > 0 && bound.reacts && !done.restarted) {
    const { reactions, reverts: before } = await bound.inspect(deps.system)
    await performAll(deps, step, { actions: reactions, reverts: before }, done)
    done.reacted = reactions.length > 0
  }
  if (bound.converges && done.notes.length > 0) await assertConverged(deps, state, bound, seen)
  if (state.checkCmd !== undefined && !checksCandidate(state.checkCmd)) {
    if (actions.length > 0) await assertCheck(deps, state.checkCmd, secondsOf(state) * 1000)
  }
  await deps.pending.clear(triggersOf(step))
  const exported = await exportedOf(state, bound, deps.system)
  const outcome = done.notes.length > 0 ? 'changed' : 'unchanged'
  const remarks = [...(done.reacted ? [causes(decision.triggers)] : []), ...done.remarks]
  const note = remarks.length === 0 ? {} : { note: remarks.join('; ') }
  const output = tailOf(shownText(done.outputs.join('')).trimEnd(), LIMITS.shownOutputBytes)
  const shown = output === '' ? {} : { output }
  return { outcome, ...reportedPart(done), ...note, ...shown, ...exported, ...recheckOf(deps, seen, done) }
}

/** Schedules a second inspection at the end of the run, for states that changed something or looked suspect. */
function recheckOf(
  { system }: StepDeps,
  { recheck, suspect }: Inspection,
  { notes, restarted }: Done,
): Pick<StepOutcome, 'recheck'> {
  if (recheck === undefined || (notes.length === 0 && suspect !== true)) return {}
  return { recheck: () => recheck(system, restarted) }
}

/** The value that a converged state exports. */
async function exportedOf(
  { exportAs }: CatalogState,
  bound: BoundState,
  system: System,
): Promise<Pick<StepOutcome, 'exported'>> {
  const value = exportAs === undefined ? undefined : await bound.reported(system)
  return value === undefined ? {} : { exported: value }
}

async function performAll(
  deps: StepDeps,
  step: Step,
  { actions, reverts }: Pick<Inspection, 'actions' | 'reverts'>,
  done: Done,
): Promise<void> {
  const { state, catalog } = step
  if (actions.length === 0) return
  const triggers = reactionsOf(catalog.states)
    .reacting(state.key)
    .map((key): PendingTrigger => ({ state: key, cause: state.key }))
  const fresh = triggers.filter(
    trigger => !deps.pending.all.some(known => known.state === trigger.state && known.cause === trigger.cause),
  )
  step.prefetch.invalidate()
  if (state.confirm !== undefined) await deps.confirm.arm(state.key, state.confirm, { actions, reverts })
  // Together, because one commit of the file system serves both.
  await Promise.all([deps.ownership.claim(state), deps.journal.acting()])
  await deps.pending.add(triggers)
  if (reactsToArmed(deps, state)) await deps.confirm.reacted(actions)
  for (const [index, action] of actions.entries()) {
    const diff = await diffOf(action, deps.system, step.secretFiles.has)
    const path = await pathToBackUp(action, deps.system, step.secretFiles.has)
    if (path !== undefined) await deps.backup(path)
    try {
      // First: after a kill between the two, the next run must know that the file may have a secret.
      if (writesSecret(action)) {
        await deps.system.perform({ do: 'remember', key: secretFileKey(action.path), value: action.path })
      }
      await deps.system.perform(action, {
        ...(state.checkCmd === undefined || !checksCandidate(state.checkCmd) ? {} : { checkCmd: state.checkCmd }),
        ...(deps.signal.current === undefined ? {} : { signal: deps.signal.current }),
        onNote: line => void done.remarks.push(line),
        onOutput: text => void done.outputs.push(text),
      })
    } catch (error) {
      // Nothing changed, so there is nothing to react to.
      if (index === 0 && done.notes.length === 0 && isAllOrNothing(action)) await deps.pending.clear(fresh)
      throw error
    }
    if (action.do === 'remember') continue
    done.notes.push(describeAction(action))
    if (diff !== undefined) done.diffs.push(diff)
    if (isRestart(action)) done.restarted = true
  }
}

function reactsToArmed({ confirm }: StepDeps, { requisites }: CatalogState): boolean {
  return [...(requisites.watch ?? []), ...(requisites.onchanges ?? [])].some(key => confirm.armed.includes(key))
}

async function assertConverged(
  deps: StepDeps,
  state: CatalogState,
  bound: BoundState,
  { recheck }: Inspection,
): Promise<void> {
  const { actions } = await bound.inspect(deps.system)
  if (actions.length === 0) return
  // The state type can explain best why it did not converge.
  const problem = await recheck?.(deps.system, true)
  if (problem !== undefined) throw new AppError(problem)
  const wanted = actions.map(action => describeAction(action).summary).join('; ')
  throw new AppError({
    code: 'NOT_CONVERGED',
    message: `\`${state.type}\` was applied and would still ${wanted}`,
    hint: 'Check whether another program changes it back, or whether two states disagree.',
  })
}

/** True when the check validates a candidate file before it replaces the old one; false when it runs after the change. Pure. */
function checksCandidate(checkCmd: readonly string[]): boolean {
  return checkCmd.some(word => word.includes('{path}'))
}

async function assertCheck({ system }: StepDeps, checkCmd: readonly string[], timeoutMs: number): Promise<void> {
  const { exitCode, stdout, stderr } = await system.query(checkCmd, { timeoutMs })
  if (exitCode === 0) return
  throw new AppError({
    code: 'CHECK_FAILED',
    message: `the check \`${checkCmd.join(' ')}\` failed (exit ${exitCode}): ${tailOf(`${stdout}\n${stderr}`.trim(), 1500)}`,
    hint: 'Run it on the host to see more.',
  })
}

/** True for actions that either succeed completely or change nothing. */
function isAllOrNothing({ do: kind }: Action): boolean {
  return kind === 'write-file' || kind === 'set-mode' || kind === 'set-owner' || kind === 'link'
}

function triggersOf({ state, pending, decision }: Step): readonly PendingTrigger[] {
  return [...new Set([...pending, ...decision.triggers, ...(state.requisites.onchanges ?? [])])].map(cause => ({
    state: state.key,
    cause,
  }))
}

function reportedPart({ notes, diffs, reacted }: Done): Pick<StepOutcome, 'actions' | 'diff' | 'reacted'> {
  return {
    actions: notes,
    ...(diffs.length === 0 ? {} : { diff: diffs.join('') }),
    ...(reacted ? { reacted: true } : {}),
  }
}

function causes(triggers: readonly StateKey[]): string {
  return `because of ${triggers.join(', ')}`
}
