import { grantableOf, type RightsTable } from '../access/verb-right.ts'
import { loadLibrary, type RoleLibrary } from '../compile/role/library.ts'
import { type Fleet, fleetOf } from '../fleet/load.ts'
import type { FleetFiles, FleetReader } from '../fleet/snapshot.ts'

interface Parsed {
  readonly fleet: Fleet
  readonly library: RoleLibrary
}

interface Last {
  readonly files: FleetFiles
  /** What they gave, or threw. */
  readonly result: Parsed | { readonly thrown: unknown }
  /** The roles that were last read. */
  readonly library: RoleLibrary | undefined
}

const lastOf = new WeakMap<FleetReader, Last>()

/**
 * The fleet of these files. What was last read by each reader is kept, also what was wrong with it: the same files are parsed
 * once, and of other files the roles that are the same. Throws everything that is wrong with the fleet's own files.
 */
export function parsedOf(reader: FleetReader, files: FleetFiles, table: RightsTable): Parsed {
  const last = lastOf.get(reader)
  if (last?.files === files) return resultOf(last)
  const read = { files, ...parse(files, table, last?.library) }
  lastOf.set(reader, read)
  return resultOf(read)
}

function parse(files: FleetFiles, table: RightsTable, before: RoleLibrary | undefined): Omit<Last, 'files'> {
  try {
    const fleet = fleetOf(files, grantableOf(table))
    const library = loadLibrary(files.files, files, before)
    return { result: { fleet, library }, library }
  } catch (thrown) {
    return { result: { thrown }, library: before }
  }
}

function resultOf({ result }: Last): Parsed {
  if ('thrown' in result) throw result.thrown
  return result
}
