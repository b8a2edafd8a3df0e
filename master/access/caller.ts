import type { ScheduledRunId } from '../store/log/schedule-events.ts'
import type { TargetView } from '../target/match.ts'

/** What somebody may do: verbs, and the minions that he may do them to. */
export interface Rights {
  /** True when he may do it at all: to the master itself, or to at least some minions. */
  allows(verb: string): boolean
  allowsOn(verb: string, minion: TargetView): boolean
  /** True when he may do it to every minion, whoever joins. */
  everywhere(verb: string): boolean
  /** True when some right covers the minion: the operator may know that it exists. */
  sees(minion: TargetView): boolean
  /** True when some right covers every minion, whoever joins. */
  seesAll(): boolean
  /** True when the verb is about the whole fleet, so that only a right to every minion gives it. */
  needsFleet(verb: string): boolean
}

/** Who asks. Made by the door from the way he came in, never from what he sends. */
export interface Caller {
  readonly operator: string
  /** How he came: by his socket, or the schedule or a runbook of his asks for him. */
  readonly via: 'socket' | 'schedule' | 'runbook'
  readonly rights: Rights
  /** The scheduled run that he acts for: what it orders and delivers is written down with it, and so never done twice. */
  readonly scheduledRun?: ScheduledRunId
}

/** Of the local administrator: whoever runs the master can read its state directory anyway. */
export const ALL_RIGHTS: Rights = {
  allows: () => true,
  allowsOn: () => true,
  everywhere: () => true,
  sees: () => true,
  seesAll: () => true,
  needsFleet: () => false,
}
