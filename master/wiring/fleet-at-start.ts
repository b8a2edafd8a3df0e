import { AppError, type Problem } from '../../protocol/errors.ts'
import type { FleetId } from '../../protocol/ids.ts'
import { grantableOf, type RightsTable } from '../access/verb-right.ts'
import { loadFleet } from '../fleet/load.ts'
import { loadMasterIdentity } from '../keys/master-identity.ts'

/** The fleet that a master serves, and the problems of its files. */
export interface FleetAtStart {
  readonly id: FleetId
  readonly problems: readonly Problem[]
}

/**
 * Returns the fleet id from fleet.yml. If that file is broken, uses the id in the master's identity, so that minions stay
 * connected; verbs that need the file fail with its problems. The first start throws these problems.
 */
export async function fleetAtStart(
  directory: string,
  bundledRoles: string,
  state: string,
  table: RightsTable,
): Promise<FleetAtStart> {
  try {
    const { id, broken, scheduleProblems } = await loadFleet(directory, bundledRoles, grantableOf(table))
    return { id, problems: [...broken.values(), ...scheduleProblems] }
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    const identity = await loadMasterIdentity(state).catch((missing: unknown) => {
      throw missing instanceof AppError && missing.code === 'IDENTITY_MISSING' ? thrown : missing
    })
    return { id: identity.fleet as FleetId, problems: thrown.problems }
  }
}
