import type { JobId, RunId } from '../../protocol/ids.ts'
import type { ControlContext } from '../context.ts'
import type { MasterEvent } from '../store/log/events.ts'
import type { Caller } from './caller.ts'
import { targetSeen } from './target-seen.ts'

/** Lists the ids of the minions that an event is about, from its members `minion`, `minions`, `run`, `session` or `job`. */
export function minionsOfEvent({ store }: Pick<ControlContext, 'store'>, event: MasterEvent): readonly string[] {
  // The event also names the holder.
  if (event.type === 'address-refused') return [event.minion, event.holder]
  if ('minion' in event && event.minion !== undefined) return [event.minion]
  if ('minions' in event && event.minions !== undefined) return event.minions
  if ('run' in event) {
    const run = store.runs.get(event.run as RunId)
    return run === undefined ? [] : [run.minion]
  }
  if ('session' in event) {
    const session = store.sessions.get(event.session)
    return session === undefined ? [] : [session.minion]
  }
  if ('job' in event && event.job !== undefined) return store.runs.ofJob(event.job as JobId).map(({ minion }) => minion)
  return []
}

/**
 * Decides what a caller may see of an event; undefined: nothing. A caller who may not see all minions sees events about the
 * minions they may see. Events about several minions, or about the master, need rights on all of them. The target of a job may
 * name hidden minions without a run, so it is shown as in the list of jobs.
 */
export function eventVisibility(
  context: Pick<ControlContext, 'store'>,
  caller: Caller,
  sees: (minion: string) => boolean,
): (event: MasterEvent) => MasterEvent | undefined {
  if (caller.rights.everywhere('events')) return event => event
  return event => {
    const minions = minionsOfEvent(context, event)
    if (minions.length === 0 || !minions.every(sees)) return undefined
    return event.type === 'job-ordered' ? { ...event, target: targetSeen(event.target, minions, sees) } : event
  }
}
