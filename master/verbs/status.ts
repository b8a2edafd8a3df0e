import { z } from 'zod'
import type { Problem } from '../../protocol/errors.ts'
import { AppError } from '../../protocol/errors.ts'
import type { ControlContext } from '../context.ts'
import { takeSnapshot } from '../control/snapshot.ts'
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

export const statusVerbs = [statusVerb] as const

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
