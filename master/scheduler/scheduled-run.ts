import { parseDuration } from '../../protocol/duration.ts'
import { problemsOf } from '../../protocol/errors.ts'
import type { JsonObject } from '../../protocol/json.ts'
import { ALL_RIGHTS, type Caller } from '../access/caller.ts'
import type { ControlContext } from '../context.ts'
import { JobWatch, OFFLINE_PATIENCE_MS } from '../jobs/job-watch.ts'
import type { ApplyEvent, ApplyResult } from '../jobs/results.ts'
import { outcomesOf } from '../jobs/run-views.ts'
import type { ScheduledVerb } from '../schedule/entry.ts'
import { shortProblem } from '../store/log/events.ts'
import type { ScheduledRunOrder } from '../store/log/schedule-events.ts'
import type { ScheduledRun } from '../store/tables/schedules.ts'
import { parseSaved } from '../target/parse.ts'
import { deliver } from './deliver.ts'
import { outcomeOf, type ScheduledRunResult, summaryOf } from './scheduled-run-summary.ts'
import type { ScheduledRunEnd } from './scheduler-port.ts'
import type { Turns } from './turns.ts'

/** Runs the verbs that a schedule can name. */
export type ScheduledDispatch = (
  verb: ScheduledVerb,
  input: unknown,
  emit: (event: unknown) => void,
  signal: AbortSignal,
  caller: Caller,
) => Promise<unknown>

type ScheduledRunContext = Pick<ControlContext, 'store' | 'now' | 'random' | 'dispatcher' | 'links'> & {
  /** Scheduled runs compile one after the other: two hundred in the same minute would block everything else. */
  readonly turns: Turns
}

/**
 * Runs what a claimed scheduled run orders, through the same verbs as an operator, and records its end together with the
 * message to its recipients. A scheduled run that ordered its job before a crash only waits for that job. Returns undefined
 * when the master stops; the next one resumes it.
 */
export async function carryOut(
  context: ScheduledRunContext,
  dispatch: ScheduledDispatch,
  scheduledRun: ScheduledRun,
  signal: AbortSignal,
): Promise<ScheduledRunEnd | undefined> {
  if (signal.aborted) return undefined
  const { store } = context
  const { verb } = scheduledRun.order
  const ordered = await order(context, dispatch, scheduledRun, signal)
  if (signal.aborted) return undefined
  const job = store.schedules.scheduledRun(scheduledRun.id)?.job
  const result: ScheduledRunResult = {
    runs: job === undefined || verb === 'compliance' ? [] : await outcomesOf(store, job),
    ...ordered,
  }
  if (signal.aborted) return undefined
  const [problem] = [...result.problems, ...result.leftOut.flatMap(({ problems }) => problems)]
  const end: ScheduledRunEnd = {
    outcome: outcomeOf(result),
    ...(job === undefined ? {} : { job }),
    ...(problem === undefined ? {} : { problem: shortProblem(problem) }),
  }
  store.together(() => {
    // A compliance report delivers itself; if there is none, its recipients must be notified.
    if (verb !== 'compliance' || problem !== undefined) {
      deliver(context, scheduledRun.order.recipients, summaryOf(scheduledRun, result), scheduledRun.id)
    }
    store.log.append({ type: 'schedule-ended', schedule: scheduledRun.schedule, firing: scheduledRun.id, ...end })
  })
  return end
}

const NOBODY = { offline: [], leftOut: [] }

async function order(
  context: ScheduledRunContext,
  dispatch: ScheduledDispatch,
  scheduledRun: ScheduledRun,
  signal: AbortSignal,
): Promise<Pick<ScheduledRunResult, 'offline' | 'leftOut' | 'problems'>> {
  const { verb } = scheduledRun.order
  let done = (): void => undefined
  try {
    if (scheduledRun.job !== undefined && verb !== 'compliance') {
      const watched = { job: scheduledRun.job, emit: () => undefined, signal, patienceMs: OFFLINE_PATIENCE_MS }
      await new JobWatch(context, watched).untilOver()
      return { ...NOBODY, problems: [] }
    }
    // The last valid schedule.yml stays in force, and an earlier version may have accepted what is refused now.
    parseSaved(scheduledRun.order.target, undefined)
    const caller = operatorOf(scheduledRun)
    done = await context.turns.take()
    if (signal.aborted) return { ...NOBODY, problems: [] }
    // Once the job is ordered, this run only waits for minions, and the next one may start.
    const onEvent = (event: unknown): void => {
      if ((event as ApplyEvent).type === 'job') done()
    }
    const answer = await dispatch(verb, inputOf(scheduledRun.order), onEvent, signal, caller)
    if (scheduledRun.order.verb === 'compliance') return { ...NOBODY, problems: [] }
    const { offline, leftOut = [] } = answer as ApplyResult
    return { offline, leftOut, problems: [] }
  } catch (thrown) {
    return { ...NOBODY, problems: problemsOf(thrown) }
  } finally {
    done()
  }
}

function operatorOf({ schedule, id }: ScheduledRun) {
  return { operator: `schedule ${schedule}`, via: 'schedule', rights: ALL_RIGHTS, scheduledRun: id } as const
}

/** Returns the verb's input as an operator would give it. Pure. */
export function inputOf({ verb, target, splayMs, options, recipients }: ScheduledRunOrder): JsonObject {
  if (verb === 'compliance') return { target, ...options, ...(recipients.length === 0 ? {} : { recipients }) }
  const { wait, ...rest } = options
  const waitMs = typeof wait === 'string' ? parseDuration(wait) : undefined
  const waits = waitMs === undefined ? (wait === undefined ? {} : { wait }) : { waitMs }
  return { target, ...rest, ...waits, ...(splayMs === 0 ? {} : { splayMs }) }
}
