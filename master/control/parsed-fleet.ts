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
  /** The parsed fleet, or what parsing threw. */
  readonly result: Parsed | { readonly thrown: unknown }
  /** The last roles that were parsed. */
  readonly library: RoleLibrary | undefined
}

const lastOf = new WeakMap<FleetReader, Last>()

/**
 * Parses the files of a fleet. Caches the last result of each reader, including errors: the same files are parsed once, and
 * unchanged roles of other files are reused. Throws the problems of the fleet's own files.
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
