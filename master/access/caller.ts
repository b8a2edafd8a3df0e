import type { ScheduledRunId } from '../store/log/schedule-events.ts'
import type { TargetView } from '../target/match.ts'

/** What an operator may do: verbs, and the minions they may use them on. */
export interface Rights {
  /** True when the operator may use the verb at all: on the master itself, or on at least some minions. */
  allows(verb: string): boolean
  allowsOn(verb: string, minion: TargetView): boolean
  /** True when the operator may use the verb on every minion, including ones that join later. */
  everywhere(verb: string): boolean
  /** True when some right covers the minion, so the operator may know that it exists. */
  sees(minion: TargetView): boolean
  /** True when some right covers every minion, including ones that join later. */
  seesAll(): boolean
  /** True when the verb concerns the whole fleet, so only a right on every minion grants it. */
  needsFleet(verb: string): boolean
}

/** The origin of a request. Set by the listener from how the request came in, never from its content. */
export interface Caller {
  readonly operator: string
  /** How the request came in: through the operator's socket, or from a schedule or runbook on their behalf. */
  readonly via: 'socket' | 'schedule' | 'runbook'
  readonly rights: Rights
  /** The scheduled run behind the request. Its jobs and deliveries are recorded with it, so they never happen twice. */
  readonly scheduledRun?: ScheduledRunId
}

/** Rights of the local administrator, who runs the master and can read its state directory anyway. Schedules use them too. */
export const ALL_RIGHTS: Rights = {
  allows: () => true,
  allowsOn: () => true,
  everywhere: () => true,
  sees: () => true,
  seesAll: () => true,
  needsFleet: () => false,
}
