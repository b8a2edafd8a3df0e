import { AppError, type Problem } from '../../protocol/errors.ts'
import type { FleetId } from '../../protocol/ids.ts'
import { grantableOf, type RightsTable } from '../access/verb-right.ts'
import { loadFleet } from '../fleet/load.ts'
import { loadMasterIdentity } from '../keys/master-identity.ts'

/** Which fleet a master serves, and what is wrong with the files of that fleet. */
export interface FleetAtStart {
  readonly id: FleetId
  readonly problems: readonly Problem[]
}

/**
 * The id stands in fleet.yml. A master that has been started before has it in its identity as well, so that a broken file
 * does not keep it from its minions: the verbs that need the file are refused, each with what is wrong. The first start
 * throws the problems.
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
