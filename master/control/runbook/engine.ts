import { AppError, type Problem } from '../../../protocol/errors.ts'
import type { ValueMap } from '../../compile/value.ts'
import type { RunbookState } from '../../store/runbook-events.ts'
import type { RunbookRun } from '../../store/runbooks.ts'
import type { RunbookEventLine } from '../answers/runbook-answers.ts'
import type { ControlContext } from '../context.ts'
import { ALL_RIGHTS, type Caller } from '../rights/caller.ts'
import type { OpenStream } from '../session/streams.ts'
import { type FrozenPlan, Plan, type PlannedStep } from './plan.ts'
import { doWork, undoWork, type Workshop, whyOf } from './work.ts'

/** Carries procedures out, one step after the other, each written down before and after it. */
export interface RunbookEngine {
  /** Goes on until it is over or has to wait; the end of a listener does not end it. `confirmed`: by whom, if so. */
  carryOn(id: string, emit: (event: RunbookEventLine) => void, confirmed?: string): Promise<void>
  /** Undoes what was done so far. */
  abort(id: string, emit: (event: RunbookEventLine) => void, operator: string): Promise<void>
  /** Those that a master left in the middle go on by themselves. */
  resumeLeft(): void
  /** Stops where it is: the next master carries on. */
  close(): Promise<void>
}

export function createRunbookEngine(context: ControlContext, open: OpenStream): RunbookEngine {
  const { runbooks } = context.store
  const closing = new AbortController()
  const working = new Map<string, Promise<void>>()

  const workshop = (run: RunbookRun, plan: Plan): Workshop => {
    const caller: Caller = { operator: run.operator, via: 'runbook', rights: ALL_RIGHTS }
    return { context, open, plan, caller, signal: closing.signal, registered: registeredBy(context, run.id, plan) }
  }
  const alone = async (id: string, work: () => Promise<void>): Promise<void> => {
    const before = working.get(id)
    if (before !== undefined) throw busy(id)
    const doing = work().finally(() => working.delete(id))
    working.set(id, doing)
    await doing
  }
  const forward = async (run: RunbookRun, emit: Emit, confirmed: string | undefined): Promise<void> => {
    const plan = planOf(context, run.id)
    emit({ type: 'runbook', id: run.id, runbook: run.runbook, steps: plan.steps.length })
    for (const step of plan.steps) {
      const state = runbooks.steps(run.id).find(one => one.step === step.number)?.state
      if (state === 'done') continue
      if (step.step.work.kind === 'confirm' && confirmed === undefined) {
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
  const attempt = async (run: RunbookRun, plan: Plan, step: PlannedStep, emit: Emit): Promise<Problem | undefined> => {
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
      // It may have been done or not: whoever comes after this master does it again.
      if (closing.signal.aborted) return problem
      runbooks.step(run.id, { ...of, state: 'failed', problem })
      emit({ type: 'step', ...of, state: 'failed' })
      return problem
    }
  }
  const backward = async (run: RunbookRun, emit: Emit, why: Problem | undefined): Promise<void> => {
    const plan = planOf(context, run.id)
    for (const step of plan.steps.toReversed()) {
      const state = runbooks.steps(run.id).find(one => one.step === step.number)?.state
      if (state === undefined || state === 'undone') continue
      const of = { step: step.number, name: step.name }
      try {
        await undoWork(workshop(run, plan), step, holdersIn(frozenOf(context, run.id)))
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
  const carryOn: RunbookEngine['carryOn'] = (id, emit, confirmed) =>
    alone(id, async () => {
      const run = mustBeOpen(context, id)
      if (run.state === 'undoing') return backward(run, emit, run.problem)
      if (run.state !== 'running') runbooks.move(id, 'running', confirmed === undefined ? {} : { operator: confirmed })
      await forward(run, emit, confirmed)
    })
  return {
    carryOn,
    abort: (id, emit, operator) =>
      alone(id, async () => {
        const run = mustBeOpen(context, id)
        if (isFinal(context, id, planOf(context, id))) throw tooLate(id)
        runbooks.move(id, 'undoing', { operator })
        await backward(run, emit, undefined)
      }),
    resumeLeft() {
      for (const { id, state } of runbooks.open()) {
        if (state !== 'running' && state !== 'undoing') continue
        carryOn(id, () => undefined, confirmedBefore(context, id)).catch((thrown: unknown) => {
          context.warn('a procedure could not be carried on', { id, problem: whyOf(thrown) })
        })
      }
    },
    async close() {
      closing.abort()
      await Promise.allSettled(working.values())
    },
  }
}

type Emit = (event: RunbookEventLine) => void
type Stored = Pick<ControlContext, 'store'>

export function frozenOf({ store }: Stored, id: string): FrozenPlan {
  return store.runbooks.plan(id) as unknown as FrozenPlan
}

export function planOf(context: Stored, id: string): Plan {
  return new Plan(frozenOf(context, id))
}

/** States in which nobody works on it, and it is not over. */
export function isResting(state: RunbookState): boolean {
  return state === 'waiting' || state === 'halted'
}

/** Who said yes before a kill: all its gates up to where it is were opened by him. */
function confirmedBefore({ store }: Stored, id: string): string | undefined {
  const plan = planOf({ store }, id)
  const begun = store.runbooks.steps(id)
  const gates = plan.steps.filter(({ step }) => step.work.kind === 'confirm')
  return gates.some(gate => begun.some(({ step }) => step === gate.number))
    ? store.runbooks.get(id)?.operator
    : undefined
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

function isFinal({ store }: Stored, id: string, plan: Plan): boolean {
  const begun = new Set(store.runbooks.steps(id).map(({ step }) => step))
  return plan.steps.some(({ number, step }) => step.final && begun.has(number))
}

/** Who held each role before, by role. */
function holdersIn({ names }: FrozenPlan): { readonly [role: string]: string } {
  const holders = names['holders'] as { readonly [role: string]: { readonly id: string } } | undefined
  return Object.fromEntries(Object.entries(holders ?? {}).map(([role, { id }]) => [role, id]))
}

function mustBeOpen({ store }: Stored, id: string): RunbookRun {
  const run = store.runbooks.get(id)
  if (run !== undefined && run.state !== 'done' && run.state !== 'undone') return run
  throw new AppError({
    code: 'RUNBOOK_UNKNOWN',
    message: run === undefined ? `nobody knows \`${id.slice(0, 80)}\`` : `\`${id}\` is over: ${run.state}`,
    hint: 'See `master runbook list`.',
  })
}

function busy(id: string): AppError {
  return new AppError({ code: 'RUNBOOK_BUSY', message: `\`${id}\` is being carried out`, hint: 'Wait for its end.' })
}

function tooLate(id: string): AppError {
  return new AppError({
    code: 'RUNBOOK_BUSY',
    message: `\`${id}\` is past the step from which on nothing is undone`,
    hint: `Repair what failed, then \`master runbook resume ${id}\`.`,
  })
}
