import type { Report, RunState } from '../../protocol/report.ts'

/** What can happen to a run besides its report. */
export const RUN_TRIGGERS = ['send', 'accept', 'start', 'refuse', 'lose', 'cancel', 'expire', 'supersede'] as const
export type RunTrigger = (typeof RUN_TRIGGERS)[number]

type Row = { readonly [trigger in RunTrigger]?: RunState }

/**
 * `accept` and `start` also hold before `send`: a master that was restored from a backup has forgotten what it sent, the
 * minion has not. What has begun is never superseded: it ends as its minion reports. It expires only when its minion does
 * not come back.
 */
const TRANSITIONS: { readonly [from in RunState]: Row } = {
  queued: {
    send: 'sent',
    accept: 'accepted',
    start: 'running',
    cancel: 'cancelled',
    expire: 'expired',
    supersede: 'superseded',
  },
  sent: {
    send: 'sent',
    accept: 'accepted',
    start: 'running',
    refuse: 'failed',
    lose: 'failed',
    cancel: 'cancelled',
    expire: 'expired',
    supersede: 'superseded',
  },
  accepted: {
    send: 'accepted',
    start: 'running',
    refuse: 'failed',
    lose: 'failed',
    cancel: 'cancelled',
    expire: 'expired',
    supersede: 'superseded',
  },
  running: { refuse: 'failed', lose: 'failed', cancel: 'cancelled', expire: 'expired' },
  done: {},
  failed: {},
  cancelled: {},
  expired: {},
  superseded: {},
}

/** The state after that, or undefined when the trigger means nothing from there (late, repeated). Pure. */
export function nextRunState(from: RunState, trigger: RunTrigger): RunState | undefined {
  return TRANSITIONS[from][trigger]
}

/**
 * The state after a report came. A first report is the truth, also for a run that was thought expired, superseded or lost;
 * a second one says nothing. Pure.
 */
export function stateAfterReport(hasReport: boolean, reported: Report['state']): RunState | undefined {
  return hasReport ? undefined : reported
}

/** True when nothing but a first report changes it any more. */
export function isFinal(state: RunState): boolean {
  return Object.keys(TRANSITIONS[state]).length === 0
}
