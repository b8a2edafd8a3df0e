import { AppError } from '../../../protocol/errors.ts'
import { newRunbookId } from '../../../protocol/ids.ts'
import type { JsonObject } from '../../../protocol/json.ts'
import type { RunbookRun } from '../../store/runbooks.ts'
import type { RunbookResult, RunbookRunRow } from '../answers/runbook-answers.ts'
import type { ControlContext } from '../context.ts'
import type { Verb } from '../dispatch.ts'
import { planOf, type RunbookEngine } from '../runbook/engine.ts'
import { freeze, runbooksOf } from '../runbook/freeze.ts'
import { Plan } from '../runbook/plan.ts'
import { demandStepRights } from '../runbook/step-rights.ts'
import { takeSnapshot } from '../snapshot.ts'

/** The verbs about procedures. */

const SHOWN = 20

export function runbookListVerb(context: ControlContext): Verb<'runbook-list'> {
  return async () => {
    const books = runbooksOf(await takeSnapshot(context))
    return {
      runbooks: books.map(({ name, summary, params }) => ({
        runbook: name,
        summary,
        params: params.map(param => ({ name: param.name, help: param.help, required: param.default === undefined })),
      })),
      runs: context.store.runbooks.list(SHOWN).map(runRow),
    }
  }
}

export function runbookShowVerb(context: ControlContext): Verb<'runbook-show'> {
  return async ({ id }) => resultOf(context, id)
}

export function runbookPlanVerb(context: ControlContext): Verb<'runbook-plan'> {
  return async ({ runbook, params }) => {
    const { plan, target } = freeze(await takeSnapshot(context), runbook, params)
    return { runbook, target, steps: new Plan(plan).rows() }
  }
}

export function runbookRunVerb(context: ControlContext, engine: RunbookEngine): Verb<'runbook-run'> {
  return async ({ runbook, params, yes }, emit, _signal, caller) => {
    const { runbooks } = context.store
    const { plan, target } = freeze(await takeSnapshot(context), runbook, params)
    // Its steps can be rendered, and the caller may do all of them, or it does not begin.
    const planned = new Plan(plan)
    planned.rows()
    await demandStepRights(context, caller, planned, { work: planned.steps, undo: planned.steps })
    const id = newRunbookId(context.now(), context.random)
    if (!runbooks.start({ id, runbook, operator: caller.operator, target }, plan as unknown as JsonObject)) {
      const [other] = runbooks.open().filter(one => one.runbook === runbook)
      throw new AppError({
        code: 'RUNBOOK_BUSY',
        message: `\`${runbook}\` has been begun and is not over: ${other?.id ?? ''} ${other?.state ?? ''}`,
        hint: `Carry it on, \`master runbook resume ${other?.id ?? 'ID'}\`, or end it, \`master runbook abort ${other?.id ?? 'ID'}\`.`,
      })
    }
    await engine.carryOn(id, emit, caller, yes)
    return resultOf(context, id)
  }
}

export function runbookResumeVerb(context: ControlContext, engine: RunbookEngine): Verb<'runbook-resume'> {
  return async ({ id, yes }, emit, _signal, caller) => {
    await engine.carryOn(id, emit, caller, yes)
    return resultOf(context, id)
  }
}

export function runbookAbortVerb(context: ControlContext, engine: RunbookEngine): Verb<'runbook-abort'> {
  return async ({ id }, emit, _signal, caller) => {
    await engine.abort(id, emit, caller)
    return resultOf(context, id)
  }
}

function resultOf(context: ControlContext, id: string): RunbookResult {
  const { runbooks } = context.store
  const run = runbooks.get(id)
  if (run === undefined) {
    throw new AppError({
      code: 'RUNBOOK_UNKNOWN',
      message: `nobody knows \`${id.slice(0, 80)}\``,
      hint: 'See `master runbook list`.',
    })
  }
  const plan = planOf(context, id)
  const known = runbooks.steps(id)
  const steps = plan.rows().map(row => {
    const found = known.find(({ step }) => step === row.step)
    if (found === undefined) return row
    return { ...row, state: found.state, ...(found.problem === undefined ? {} : { problem: found.problem }) }
  })
  const gate = plan.steps.find(({ number, step }) => {
    return step.work.kind === 'confirm' && known.find(one => one.step === number)?.state !== 'done'
  })
  const { work } = gate?.step ?? {}
  const question =
    run.state === 'waiting' && gate !== undefined && work?.kind === 'confirm' ? plan.text(work.text, gate) : undefined
  return { ...runRow(run), steps, ...(question === undefined ? {} : { question }) }
}

function runRow({ id, runbook, operator, target, state, startedAt, problem }: RunbookRun): RunbookRunRow {
  const why = problem === undefined ? {} : { problem }
  return { id, runbook, operator, target, state, startedAt, ...why }
}
