import { ALL_RIGHTS, type Rights } from './caller.ts'
import { openOperators } from './operators.ts'
import type { RightsTable } from './verb-right.ts'

/**
 * What somebody may do now, by the name under which they began something. An operator of fleet.yml has the rights that it
 * gives, also one with the name of `administrator`, the account that runs the master, which may otherwise do everything.
 */
export function rightsByName(
  fleetDirectory: string,
  table: RightsTable,
  administrator: string,
): (name: string) => Rights {
  const operators = openOperators(fleetDirectory, table)
  const isListed = (name: string): boolean => {
    try {
      return operators.list().some(one => one.name === name)
    } catch {
      // A broken file takes nothing from the administrator.
      return false
    }
  }
  return name => (name === administrator && !isListed(name) ? ALL_RIGHTS : operators.rightsOf(name))
}
