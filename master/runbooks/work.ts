import { setTimeout as pause } from 'node:timers/promises'
import { AppError, type ErrorCode, problemsOf } from '../../protocol/errors.ts'
import type { MinionId } from '../../protocol/ids.ts'
import type { Caller } from '../access/caller.ts'
import { demandRight } from '../access/pick-among.ts'
import { rightDenied } from '../access/right-denied.ts'
import { isTruthy, type ValueMap } from '../compile/language/value.ts'
import type { ControlContext } from '../context.ts'
import { singletonAllocation } from '../control/singletons.ts'
import { takeSnapshot } from '../control/snapshot.ts'
import { applyMinions } from '../jobs/apply.ts'
import type { OpenStream } from '../sessions/streams.ts'
import type { Plan, PlannedStep } from './plan.ts'
import { type ProgramSaid, runProgram } from './program.ts'
import { readersIn } from './readers.ts'
import type { Program } from './runbook.ts'
import { MOVE_RIGHT } from './step-rights.ts'

export interface Workshop {
  readonly context: ControlContext
  readonly open: OpenStream
  readonly plan: Plan
  readonly caller: Caller
  /** Aborted: the master stops; the next one continues what is unfinished. */
  readonly signal: AbortSignal
  /** What earlier steps registered. */
  readonly registered: ValueMap
}

/** How long to wait for an offline minion, for example after a restart of the master. */
const AWAY_MS = 120_000
const LOOK_MS = 250
const REPEAT_MS = 1000
/** Errors worth a retry within the time limit of a step. */
const PASSING: readonly ErrorCode[] = ['SESSION_LOST', 'MINION_AWAY', 'PROGRAM_TIMEOUT']

/** Runs one step and returns what it registers. Throws why it failed. */
export async function doWork(shop: Workshop, step: PlannedStep): Promise<string | undefined> {
  const { plan, registered } = shop
  const { work } = step.step
  switch (work.kind) {
    case 'confirm':
      return undefined
    case 'require':
      if (isTruthy(plan.value(work.holds, step, registered))) return undefined
      throw new AppError({
        code: 'RUNBOOK_STEP_FAILED',
        message: `requirement not met: ${step.name}`,
        source: step.step.position,
      })
    case 'run':
      return runUntil(shop, step, work.program)
    case 'allocation':
      moveAllocation(shop, work.role, plan.text(work.to, step, registered))
      return undefined
    case 'apply':
      await applyTo(shop, plan.text(work.target, step, registered), work.readersOf)
      return undefined
    default:
      return work satisfies never
  }
}

/** Undoes what a step did or may have done. */
export async function undoWork(
  shop: Workshop,
  step: PlannedStep,
  before: { readonly [role: string]: string },
): Promise<void> {
  const { work, undo } = step.step
  const holder = work.kind === 'allocation' ? before[work.role] : undefined
  if (work.kind === 'allocation' && holder !== undefined) moveAllocation(shop, work.role, holder)
  if (undo !== undefined) await runUntil(shop, step, undo)
}

async function runUntil(shop: Workshop, step: PlannedStep, program: Program): Promise<string | undefined> {
  const { plan, registered, context, signal } = shop
  const minion = plan.text(program.on, step, registered)
  const argv = plan.argv(program, step, registered)
  const wish = {
    minion,
    argv,
    stdin: program.stdin === undefined ? '' : plan.text(program.stdin, step, registered),
    user: program.user === undefined ? undefined : plan.text(program.user, step, registered),
    timeoutMs: program.timeoutSeconds * 1000,
  }
  await demandRun(shop, minion)
  const deadline = context.now() + program.withinSeconds * 1000
  await isOnline(shop, minion)
  for (;;) {
    const wrong = await runProgram(shop.open, wish, shop.caller, signal).then(
      said => {
        const found = unexpected(shop, step, program, said, argv)
        return found ?? said
      },
      (thrown: unknown) => {
        if (thrown instanceof AppError && PASSING.includes(thrown.code)) return thrown
        throw thrown
      },
    )
    if (!(wrong instanceof AppError)) return program.register === undefined ? undefined : wrong.stdout.trim()
    if (context.now() >= deadline) throw wrong
    await pause(REPEAT_MS, undefined, { signal })
    await isOnline(shop, minion)
  }
}

/** Checks the right before waiting for the minion; the session checks it again each time. */
async function demandRun({ context, caller }: Workshop, minion: string): Promise<void> {
  const { minions } = await takeSnapshot(context)
  demandRight(
    caller,
    'run',
    minions.filter(({ id }) => id === minion),
  )
}

function unexpected(
  { plan, registered }: Workshop,
  step: PlannedStep,
  { expect }: Program,
  { exit, stdout, stderr }: ProgramSaid,
  argv: readonly string[],
): AppError | undefined {
  const words = [stderr.trim(), stdout.trim()].find(text => text !== '') ?? 'it printed nothing'
  const failed = (wanted: string): AppError => {
    return new AppError({
      code: 'RUNBOOK_STEP_FAILED',
      message: `\`${argv.join(' ').slice(0, 200)}\` must ${wanted}, but it exited with ${exit}: ${words.slice(0, 600)}`,
      source: step.step.position,
    })
  }
  if (exit !== expect.exit) return failed(`end with ${expect.exit}`)
  if (expect.stdout === undefined) return undefined
  const wanted = plan.text(expect.stdout, step, registered)
  const [, pattern] = /^\/(.*)\/$/s.exec(wanted) ?? []
  const holds = pattern === undefined ? stdout.trim() === wanted : new RegExp(pattern).test(stdout)
  return holds ? undefined : failed(`print ${wanted}`)
}

async function isOnline({ context, signal }: Workshop, minion: string): Promise<void> {
  const until = context.now() + AWAY_MS
  while (!context.links.isOnline(minion as MinionId) && context.now() < until) {
    await pause(LOOK_MS, undefined, { signal })
  }
}

function moveAllocation({ context, plan, caller }: Workshop, role: string, to: string): void {
  if (!caller.rights.allows(MOVE_RIGHT)) throw rightDenied(caller, MOVE_RIGHT, [])
  const { level } = plan
  const allocation = singletonAllocation(role, level)
  const [holder] = context.store.allocations.holders(allocation)
  if (holder?.minion === to) return
  if (
    holder !== undefined &&
    context.store.allocations.move(allocation, holder.minion, to as MinionId, caller.operator)
  )
    return
  throw new AppError({
    code: 'ALLOCATION_UNKNOWN',
    message: `no minion holds \`${allocation}\``,
    hint: `Set \`singleton: true\` in the role \`${role}\`, and apply it once to its first holder.`,
  })
}

async function applyTo(shop: Workshop, target: string, readersOf: readonly string[]): Promise<void> {
  const { context, caller, signal, plan } = shop
  const readers = await readersIn(context, plan.level, readersOf, { issue: true })
  const words = [`(${target})`, ...readers.map(id => `id=${id}`)].join(' or ')
  // A step that reaches only some of its minions is worse than one that fails before it starts.
  const input = { target: words, waitMs: 0, splayMs: 0, strict: true }
  const {
    runs,
    offline,
    waiting = [],
    job,
  } = await applyMinions(context, input, { verb: 'apply', emit: () => undefined, signal, caller })
  const failed = runs.filter(({ state }) => state !== 'done').map(({ minion, state }) => `${minion} ${state}`)
  const wrong = [
    ...failed,
    ...offline.map(({ minion }) => `${minion} offline`),
    ...waiting.map(({ minion }) => `${minion} waits`),
  ]
  if (wrong.length === 0) return
  throw new AppError({
    code: 'RUNBOOK_STEP_FAILED',
    message: `the apply ${job} did not succeed on all minions: ${wrong.join(', ')}`,
    hint: `See \`master report ${job}\`.`,
  })
}

/** Returns the first problem of an error. */
export function whyOf(thrown: unknown): ReturnType<typeof problemsOf>[0] {
  return problemsOf(thrown)[0]
}
