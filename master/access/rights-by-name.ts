import { ALL_RIGHTS, type Rights } from './caller.ts'
import { openOperators } from './operators.ts'
import type { RightsTable } from './verb-right.ts'

/**
 * Looks up current rights by the name under which a request was begun. An operator in fleet.yml has the rights given there,
 * even if named like `administrator`, the account that runs the master and otherwise has all rights.
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
      // A broken file must not lock out the administrator.
      return false
    }
  }
  return name => (name === administrator && !isListed(name) ? ALL_RIGHTS : operators.rightsOf(name))
}
