import { AppError, type Problem } from '../../protocol/errors.ts'
import type { Caller, Rights } from '../access/caller.ts'
import type { ValueMap } from '../compile/language/value.ts'
import type { ControlContext } from '../context.ts'
import type { OpenStream } from '../sessions/streams.ts'
import type { RunbookRun } from '../store/tables/runbooks.ts'
import { Plan, type PlannedStep, type PlanSnapshot } from './plan.ts'
import type { RunbookEventLine } from './rows.ts'
import { demandStepRights, type StepsAhead } from './step-rights.ts'
import { doWork, undoWork, type Workshop, whyOf } from './work.ts'

/** Runs runbooks one step after the other, and records each step before and after it. */
export interface RunbookEngine {
  /**
   * Continues with the rights of this caller until the runbook is over or has to wait; a listener that disconnects does not end
   * it. `confirmed`: the caller answers yes to its questions. Throws RIGHT_DENIED with every right that they lack for the
   * remaining steps.
   */
  carryOn(id: string, emit: (event: RunbookEventLine) => void, by: Caller, confirmed: boolean): Promise<void>
  /** Undoes the completed steps. Throws RIGHT_DENIED as above. */
  abort(id: string, emit: (event: RunbookEventLine) => void, by: Caller): Promise<void>
  /** Resumes runbooks that an earlier master left unfinished. */
  resumeLeft(): void
  /** Stops at the current step; the next master continues. */
  close(): Promise<void>
}

/**
 * Creates the engine. `rightsOf` returns the current rights of an operator, for runbooks that resume after a restart of the
 * master.
 */
export function createRunbookEngine(
  context: ControlContext,
  open: OpenStream,
  rightsOf: (operator: string) => Rights,
): RunbookEngine {
  const { runbooks } = context.store
  const closing = new AbortController()
  const working = new Map<string, Promise<void>>()

  const workshop = ({ id, by }: Course, plan: Plan): Workshop => {
    const caller: Caller = { operator: by.operator, via: 'runbook', rights: by.rights }
    return { context, open, plan, caller, signal: closing.signal, registered: registeredBy(context, id, plan) }
  }
  const alone = async (id: string, work: () => Promise<void>): Promise<void> => {
    const before = working.get(id)
    if (before !== undefined) throw busy(id)
    const doing = work().finally(() => working.delete(id))
    working.set(id, doing)
    await doing
  }
  const forward = async (run: Course, emit: Emit, confirmed: boolean): Promise<void> => {
    const plan = planOf(context, run.id)
    emit({ type: 'runbook', id: run.id, runbook: run.runbook, steps: plan.steps.length })
    for (const step of plan.steps) {
      const state = runbooks.steps(run.id).find(one => one.step === step.number)?.state
      if (state === 'done') continue
      if (step.step.work.kind === 'confirm' && !confirmed) {
        runbooks.move(run.id, 'waiting')
        return
      }
      const problem = await attempt(run, plan, step, emit)
      if (closing.signal.aborted) return
      if (problem === undefined) continue
      if (isFinal(context, run.id, plan)) return runbooks.move(run.id, 'halted', { problem })
      runbooks.move(run.id, 'undoing', { problem })
      return await backward(run, emit, problem)
    }
    runbooks.move(run.id, 'done')
  }
  const attempt = async (run: Course, plan: Plan, step: PlannedStep, emit: Emit): Promise<Problem | undefined> => {
    const of = { step: step.number, name: step.name }
    runbooks.step(run.id, { ...of, state: 'begun' })
    emit({ type: 'step', ...of, state: 'begun' })
    try {
      const output = await doWork(workshop(run, plan), step)
      runbooks.step(run.id, { ...of, state: 'done', ...(output === undefined ? {} : { output }) })
      emit({ type: 'step', ...of, state: 'done' })
      return undefined
    } catch (thrown) {
      const problem = whyOf(thrown)
      // The step may or may not be done; the next master repeats it.
      if (closing.signal.aborted) return problem
      runbooks.step(run.id, { ...of, state: 'failed', problem })
      emit({ type: 'step', ...of, state: 'failed' })
      return problem
    }
  }
  const backward = async (run: Course, emit: Emit, why: Problem | undefined): Promise<void> => {
    const plan = planOf(context, run.id)
    for (const step of plan.steps.toReversed()) {
      const state = runbooks.steps(run.id).find(one => one.step === step.number)?.state
      if (state === undefined || state === 'undone') continue
      const of = { step: step.number, name: step.name }
      try {
        await undoWork(workshop(run, plan), step, holdersIn(snapshotOf(context, run.id)))
      } catch (thrown) {
        if (closing.signal.aborted) return
        runbooks.step(run.id, { ...of, state: 'failed', problem: whyOf(thrown) })
        return runbooks.move(run.id, 'halted', { problem: whyOf(thrown) })
      }
      runbooks.step(run.id, { ...of, state: 'undone' })
      emit({ type: 'step', ...of, state: 'undone' })
    }
    runbooks.move(run.id, 'undone', why === undefined ? {} : { problem: why })
  }
  const goOn = async (run: RunbookRun, emit: Emit, by: Caller, confirmed: boolean): Promise<void> => {
    const course = { id: run.id, runbook: run.runbook, by }
    if (run.state === 'undoing') return backward(course, emit, run.problem)
    if (run.state !== 'running') runbooks.move(run.id, 'running', { operator: by.operator })
    await forward(course, emit, confirmed)
  }
  const carryOn: RunbookEngine['carryOn'] = (id, emit, by, confirmed) =>
    alone(id, async () => {
      const run = mustBeOpen(context, id)
      const plan = planOf(context, id)
      await demandStepRights(context, by, plan, stepsAhead(context, id, plan))
      await goOn(run, emit, by, confirmed)
    })
  return {
    carryOn,
    abort: (id, emit, by) =>
      alone(id, async () => {
        const { runbook } = mustBeOpen(context, id)
        const plan = planOf(context, id)
        if (isFinal(context, id, plan)) throw tooLate(id)
        await demandStepRights(context, by, plan, { work: [], undo: stepsAhead(context, id, plan).begun })
        runbooks.move(id, 'undoing', { operator: by.operator })
        await backward({ id, runbook, by }, emit, undefined)
      }),
    resumeLeft() {
      for (const run of runbooks.open()) {
        const { id, state, operator } = run
        if (state !== 'running' && state !== 'undoing') continue
        // A right that the operator has lost is refused at its step.
        const by: Caller = { operator, via: 'runbook', rights: rightsOf(operator) }
        alone(id, () => goOn(run, () => undefined, by, confirmedBefore(context, id))).catch((thrown: unknown) => {
          context.warn('a runbook could not be continued', { id, problem: whyOf(thrown) })
        })
      }
    },
    async close() {
      closing.abort()
      await Promise.allSettled(working.values())
    },
  }
}

/** A runbook in progress, and the caller who continues it. */
interface Course extends Pick<RunbookRun, 'id' | 'runbook'> {
  readonly by: Caller
}

type Emit = (event: RunbookEventLine) => void
type Stored = Pick<ControlContext, 'store'>

function snapshotOf({ store }: Stored, id: string): PlanSnapshot {
  return store.runbooks.plan(id) as unknown as PlanSnapshot
}

export function planOf(context: Stored, id: string): Plan {
  return new Plan(snapshotOf(context, id))
}

/** True when the questions were answered with yes before the master was killed: a gate had already been opened. */
function confirmedBefore({ store }: Stored, id: string): boolean {
  const plan = planOf({ store }, id)
  const begun = store.runbooks.steps(id)
  const gates = plan.steps.filter(({ step }) => step.work.kind === 'confirm')
  return gates.some(gate => begun.some(({ step }) => step === gate.number))
}

function registeredBy({ store }: Stored, id: string, plan: Plan): ValueMap {
  const done = store.runbooks.steps(id)
  const entries = plan.steps.flatMap(({ number, step }): readonly (readonly [string, string])[] => {
    const output = done.find(one => one.step === number)?.output
    const register = step.work.kind === 'run' ? step.work.program.register : undefined
    return register === undefined || output === undefined ? [] : [[register, output]]
  })
  return Object.fromEntries(entries)
}

/** Lists the steps that may still be done and undone. `begun`: those to undo if it ends here. */
function stepsAhead(
  { store }: Stored,
  id: string,
  plan: Plan,
): StepsAhead & { readonly begun: readonly PlannedStep[] } {
  const states = new Map(store.runbooks.steps(id).map(({ step, state }) => [step, state]))
  const begun = plan.steps.filter(({ number }) => (states.get(number) ?? 'undone') !== 'undone')
  if (store.runbooks.get(id)?.state === 'undoing') return { work: [], undo: begun, begun }
  const work = plan.steps.filter(({ number }) => states.get(number) !== 'done')
  return { work, undo: isFinal({ store }, id, plan) ? [] : plan.steps, begun }
}

function isFinal({ store }: Stored, id: string, plan: Plan): boolean {
  const begun = new Set(store.runbooks.steps(id).map(({ step }) => step))
  return plan.steps.some(({ number, step }) => step.final && begun.has(number))
}

/** Returns the earlier holder of each role, by role. */
function holdersIn({ names }: PlanSnapshot): { readonly [role: string]: string } {
  const holders = names['holders'] as { readonly [role: string]: { readonly id: string } } | undefined
  return Object.fromEntries(Object.entries(holders ?? {}).map(([role, { id }]) => [role, id]))
}

function mustBeOpen({ store }: Stored, id: string): RunbookRun {
  const run = store.runbooks.get(id)
  if (run !== undefined && run.state !== 'done' && run.state !== 'undone') return run
  throw new AppError({
    code: 'RUNBOOK_UNKNOWN',
    message:
      run === undefined ? `no runbook run has the id \`${id.slice(0, 80)}\`` : `\`${id}\` has ended: ${run.state}`,
    hint: 'List the runs with `master runbook list`.',
  })
}

function busy(id: string): AppError {
  return new AppError({ code: 'RUNBOOK_BUSY', message: `\`${id}\` is running`, hint: 'Wait until it ends.' })
}

function tooLate(id: string): AppError {
  return new AppError({
    code: 'RUNBOOK_BUSY',
    message: `\`${id}\` is past the step marked \`final\`, so it cannot be aborted`,
    hint: `Repair what failed, then \`master runbook resume ${id}\`.`,
  })
}
