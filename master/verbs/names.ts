import { z } from 'zod'
import type { JobId } from '../../protocol/ids.ts'
import type { Rights } from '../access/caller.ts'
import { knownMinions } from '../access/known-minions.ts'
import { groupsAmong } from '../access/pick.ts'
import type { ControlContext } from '../context.ts'
import { type FleetMinion, takeSnapshot } from '../control/snapshot.ts'
import { keyWaits } from '../keys/key-store.ts'
import { defineVerb } from './define.ts'

/** The result of `names`: only what the caller may know. */
export interface NamesResult {
  readonly minions: readonly string[]
  readonly roles: readonly string[]
  /** Those that some minion has. */
  readonly usedRoles: readonly string[]
  /** In the order of fleet.yml. */
  readonly levels: readonly string[]
  /** Of fleet.yml, with a minion that the caller sees. */
  readonly groups: readonly string[]
  readonly systems: readonly string[]
  /** Newest first. */
  readonly jobs: readonly string[]
  /** Minions with a pending key. */
  readonly pending: readonly string[]
  readonly tokens: readonly string[]
  /** Manual sessions on minions; newest first. */
  readonly sessions: readonly string[]
  readonly schedules: readonly string[]
}

const MOST_JOBS = 20
const MOST_SESSIONS = 20

/**
 * Returns names for completion. What the caller may not see is omitted instead of denied, because completion asks for nothing
 * in particular.
 */
const namesVerb = defineVerb({
  name: 'names',
  input: z.strictObject({}),
  right: { on: 'public', kind: 'read' },
  async run(context, _input, { caller: { rights } }): Promise<NamesResult> {
    const { store, keyStore, scheduler } = context
    const { fleet, minions } = await takeSnapshot(context)
    const known = knownMinions(rights, minions)
    const roles = rights.allows('roles') ? fleet.roles : []
    return {
      minions: known.map(({ id }) => id),
      roles: unique([...roles, ...known.flatMap(minion => minion.roles)]),
      usedRoles: unique(known.flatMap(minion => minion.roles)),
      levels: fleet.levels.filter(level => known.some(({ assignment }) => assignment.level === level)),
      groups: [...groupsAmong(rights, fleet.groups, known).keys()],
      systems: unique(known.flatMap(minion => minion.known?.grains?.os ?? [])),
      jobs: jobNames(store, rights, known),
      pending: rights.allows('keys') ? unique(waiting(keyStore.list())) : [],
      tokens: rights.allows('tokens') ? keyStore.tokens().map(({ id }) => id) : [],
      sessions: sessionNames(store, minion =>
        known.some(({ id, view }) => id === minion && rights.allowsOn('sessions', view)),
      ),
      schedules: rights.allows('schedule-list') ? await scheduleNames(scheduler) : [],
    }
  },
})

export const nameVerbs = [namesVerb] as const

function jobNames(store: ControlContext['store'], rights: Rights, known: readonly FleetMinion[]): readonly JobId[] {
  if (!rights.allows('jobs')) return []
  const jobs = store.jobs.list(MOST_JOBS)
  if (rights.everywhere('jobs')) return jobs.map(({ id }) => id)
  const seen = new Set<string>(known.flatMap(({ id, view }) => (rights.allowsOn('jobs', view) ? [id] : [])))
  return jobs.flatMap(({ id }) => (store.runs.ofJob(id).some(({ minion }) => seen.has(minion)) ? [id] : []))
}

/** Returns the names of schedules in force, even while schedule.yml has problems. */
async function scheduleNames(scheduler: ControlContext['scheduler']): Promise<readonly string[]> {
  return (await scheduler.look()).entries.map(({ entry }) => entry.name)
}

function sessionNames({ sessions }: ControlContext['store'], sees: (minion: string) => boolean): readonly string[] {
  return sessions.list(MOST_SESSIONS).flatMap(({ id, minion }) => (sees(minion) ? [id] : []))
}

function waiting(keys: ReturnType<ControlContext['keyStore']['list']>): readonly string[] {
  return keys.filter(keyWaits).map(({ minion }) => minion)
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort()
}
