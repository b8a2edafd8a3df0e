import { z } from 'zod'
import type { Problem } from '../../protocol/errors.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Caller } from '../access/caller.ts'
import { knownMinions } from '../access/known-minions.ts'
import type { RightsTable } from '../access/verb-right.ts'
import type { ControlContext } from '../context.ts'
import { type FleetMinion, takeSnapshot } from '../control/snapshot.ts'
import { defineVerb } from './define.ts'
import { takenIds } from './keys.ts'

export interface StatusResult {
  readonly version: string
  readonly pid: number
  readonly startedAt: string
  readonly fleet: {
    readonly id: string
    readonly name: string
    readonly directory: string
    /** Absent while fleet.yml or inventory.yml is unusable. */
    readonly revision?: string
    /** Problems of its files. */
    readonly problems?: readonly Problem[]
  }
  readonly root: string
  readonly master: string
  readonly listen: string
  readonly minions: {
    readonly accepted: number
    readonly connected: number
    readonly pending: number /** Ids with a pending key beside an accepted one. */
    readonly taken?: readonly string[]
  }
  readonly runs: { readonly onTheWay: number }
  readonly log: { readonly lastSeq: number }
}

const statusVerb = defineVerb({
  name: 'status',
  input: z.strictObject({}),
  right: { on: 'fleet', kind: 'read' },
  async run(context): Promise<StatusResult> {
    const { store, facts } = context
    const fleet = await fleetStatus(context)
    const { keys, runs, minions } = store.status()
    const taken = (keys['pending'] ?? 0) === 0 ? [] : takenIds(context.keyStore.list())
    const onTheWay = (['queued', 'sent', 'accepted', 'running'] as const).reduce(
      (sum, state) => sum + (runs[state] ?? 0),
      0,
    )
    return {
      version: facts.version,
      pid: facts.pid,
      startedAt: facts.startedAt,
      fleet,
      root: facts.rootFingerprint,
      master: facts.name,
      listen: facts.listen,
      minions: {
        accepted: keys['accepted'] ?? 0,
        connected: minions.connected,
        pending: keys['pending'] ?? 0,
        ...(taken.length === 0 ? {} : { taken }),
      },
      runs: { onTheWay },
      log: { lastSeq: store.log.lastSeq() },
    }
  },
})

/** Who asks, as the master knows them, and what they may do. */
export interface WhoamiResult {
  readonly operator: string
  /** Verbs that they may use on every minion, or on the fleet as a whole; those that need no right are among them. */
  readonly everywhere: readonly string[]
  /** Verbs that they may use on some minions, and on which of those that have joined. */
  readonly somewhere: readonly { readonly verb: string; readonly minions: readonly string[] }[]
}

const whoamiVerb = defineVerb({
  name: 'whoami',
  input: z.strictObject({}),
  right: { on: 'public', kind: 'read' },
  async run(context, _input, { caller }): Promise<WhoamiResult> {
    return whatMayDo(caller, context.rights, (await takeSnapshot(context)).minions)
  },
})

export const statusVerbs = [statusVerb, whoamiVerb] as const

/** Pure. */
export function whatMayDo(
  { operator, rights }: Pick<Caller, 'operator' | 'rights'>,
  table: RightsTable,
  minions: readonly FleetMinion[],
): WhoamiResult {
  const known = knownMinions(rights, minions)
  const allowed = [...table.keys()].filter(verb => rights.allows(verb)).sort()
  const isPartial = (verb: string): boolean =>
    table.get(verb)?.on !== 'public' && !rights.needsFleet(verb) && !rights.everywhere(verb)
  return {
    operator,
    everywhere: allowed.filter(verb => !isPartial(verb)),
    somewhere: allowed.filter(isPartial).map(verb => ({
      verb,
      minions: known.filter(({ view }) => rights.allowsOn(verb, view)).map(({ id }) => id),
    })),
  }
}

/** Returns the status even when files of the fleet are broken, with their problems. */
async function fleetStatus(context: ControlContext): Promise<StatusResult['fleet']> {
  const { fleetId: id, fleetDirectory: directory } = context
  try {
    const { fleet } = await takeSnapshot(context)
    const problems = [...fleet.broken.values(), ...fleet.scheduleProblems]
    return { id, name: fleet.name, directory, revision: fleet.revision, ...(problems.length === 0 ? {} : { problems }) }
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    return { id, name: id, directory, problems: thrown.problems }
  }
}
