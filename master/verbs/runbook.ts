import { z } from 'zod'
import type { Problem } from '../../protocol/errors.ts'
import { AppError } from '../../protocol/errors.ts'
import { newRunbookId } from '../../protocol/ids.ts'
import type { JsonObject } from '../../protocol/json.ts'
import type { ControlContext } from '../context.ts'
import { takeSnapshot } from '../control/snapshot.ts'
import { planOf } from '../runbooks/engine.ts'
import { Plan } from '../runbooks/plan.ts'
import { runbooksOf, snapshotPlan } from '../runbooks/plan-snapshot.ts'
import type { RunbookEventLine, RunbookStepRow } from '../runbooks/rows.ts'
import { demandStepRights } from '../runbooks/step-rights.ts'
import type { RunbookState } from '../store/log/fleet-events.ts'
import type { RunbookRun } from '../store/tables/runbooks.ts'
import { defineVerb, lines } from './define.ts'
import { name } from './fields.ts'

/** Verbs for runbooks. */

export interface RunbookRunRow {
  readonly id: string
  readonly runbook: string
  readonly operator: string
  /** What it was called with. */
  readonly target: string
  readonly state: RunbookState
  readonly startedAt: string
  readonly problem?: Problem
}

export interface RunbookResult extends RunbookRunRow {
  readonly steps: readonly RunbookStepRow[]
  /** The question to the operator while it waits for an answer. */
  readonly question?: string
}

export interface RunbookRow {
  readonly runbook: string
  readonly summary: string
  readonly params: readonly { readonly name: string; readonly help: string; readonly required: boolean }[]
}

export interface RunbookListResult {
  readonly runbooks: readonly RunbookRow[]
  /** Newest first. */
  readonly runs: readonly RunbookRunRow[]
}

export interface RunbookPlan {
  readonly runbook: string
  readonly target: string
  readonly steps: readonly RunbookStepRow[]
}

const SHOWN = 20

const runbookListVerb = defineVerb({
  name: 'runbook-list',
  input: z.strictObject({}),
  right: { on: 'fleet', kind: 'read' },
  async run(context): Promise<RunbookListResult> {
    const books = runbooksOf(await takeSnapshot(context))
    return {
      runbooks: books.map(({ name, summary, params }) => ({
        runbook: name,
        summary,
        params: params.map(param => ({ name: param.name, help: param.help, required: param.default === undefined })),
      })),
      runs: context.store.runbooks.list(SHOWN).map(runRow),
    }
  },
})

const runbookShowVerb = defineVerb({
  name: 'runbook-show',
  input: z.strictObject({ id: name }),
  right: { on: 'fleet', kind: 'read' },
  async run(context, { id }) {
    return resultOf(context, id)
  },
})

const runbookPlanVerb = defineVerb({
  name: 'runbook-plan',
  input: z.strictObject({ runbook: name, params: z.record(name, z.string().max(1000)).default({}) }),
  right: { on: 'fleet', kind: 'read' },
  async run(context, { runbook, params }): Promise<RunbookPlan> {
    const { plan, target } = snapshotPlan(await takeSnapshot(context), runbook, params)
    return { runbook, target, steps: new Plan(plan).rows() }
  },
})

const runbookRunVerb = defineVerb({
  name: 'runbook-run',
  input: z.strictObject({
    runbook: name,
    params: z.record(name, z.string().max(1000)).default({}),
    /** Answers its questions with yes. */
    yes: z.boolean().default(false),
  }),
  right: { on: 'fleet', kind: 'write' },
  streams: lines<RunbookEventLine>(),
  async run(context, { runbook, params, yes }, { emit, caller }) {
    const engine = context.runbooks
    const { runbooks } = context.store
    const { plan, target } = snapshotPlan(await takeSnapshot(context), runbook, params)
    // Do not start unless its steps can be rendered and the caller may do all of them.
    const planned = new Plan(plan)
    planned.rows()
    await demandStepRights(context, caller, planned, { work: planned.steps, undo: planned.steps })
    const id = newRunbookId(context.now(), context.random)
    if (!runbooks.start({ id, runbook, operator: caller.operator, target }, plan as unknown as JsonObject)) {
      const [other] = runbooks.open().filter(one => one.runbook === runbook)
      throw new AppError({
        code: 'RUNBOOK_BUSY',
        message: `\`${runbook}\` is already in progress: ${other?.id ?? ''} ${other?.state ?? ''}`,
        hint: `Resume it with \`master runbook resume ${other?.id ?? 'ID'}\`, or abort it with \`master runbook abort ${other?.id ?? 'ID'}\`.`,
      })
    }
    await engine.carryOn(id, emit, caller, yes)
    return resultOf(context, id)
  },
})

const runbookResumeVerb = defineVerb({
  name: 'runbook-resume',
  input: z.strictObject({ id: name, yes: z.boolean().default(false) }),
  right: { on: 'fleet', kind: 'write', noted: ({ id }) => id },
  streams: lines<RunbookEventLine>(),
  async run(context, { id, yes }, { emit, caller }) {
    const engine = context.runbooks
    await engine.carryOn(id, emit, caller, yes)
    return resultOf(context, id)
  },
})

const runbookAbortVerb = defineVerb({
  name: 'runbook-abort',
  input: z.strictObject({ id: name }),
  right: { on: 'fleet', kind: 'write' },
  streams: lines<RunbookEventLine>(),
  async run(context, { id }, { emit, caller }) {
    const engine = context.runbooks
    await engine.abort(id, emit, caller)
    return resultOf(context, id)
  },
})

export const runbookVerbs = [
  runbookListVerb,
  runbookShowVerb,
  runbookPlanVerb,
  runbookRunVerb,
  runbookResumeVerb,
  runbookAbortVerb,
] as const

function resultOf(context: ControlContext, id: string): RunbookResult {
  const { runbooks } = context.store
  const run = runbooks.get(id)
  if (run === undefined) {
    throw new AppError({
      code: 'RUNBOOK_UNKNOWN',
      message: `no runbook run has the id \`${id.slice(0, 80)}\``,
      hint: 'List the runs with `master runbook list`.',
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
