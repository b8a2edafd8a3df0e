import { AppError, type Problem } from '../../protocol/errors.ts'
import type { FleetId } from '../../protocol/ids.ts'
import { SCHEDULE_FILE, type ScheduleFile } from '../schedule/entry.ts'
import { parseSchedule } from '../schedule/parse.ts'
import { Findings } from '../yaml/shape.ts'
import { suggest } from '../yaml/suggest.ts'
import { FLEET_FILE, parseFleetFile } from './fleet-file.ts'
import type { Group } from './groups.ts'
import { INVENTORY_FILE, parseInventory } from './inventory.ts'
import type { InventoryEntry } from './inventory-entry.ts'
import type { Grantable, Operator } from './operators.ts'
import { createFleetReader, type FleetFiles } from './snapshot.ts'

/** A fleet as it was at one moment. */
export interface Fleet extends FleetFiles {
  readonly id: FleetId
  readonly name: string
  readonly levels: readonly string[]
  /** By level, the value of `{domain}` in a contract. */
  readonly domains: ReadonlyMap<string, string>
  readonly inventory: readonly InventoryEntry[]
  readonly schedule: ScheduleFile
  /** Problems of schedule.yml. They stop only the schedule; `schedule` holds what could be read. */
  readonly scheduleProblems: readonly Problem[]
  /** Names of all available roles, own and bundled. */
  readonly roles: readonly string[]
  /** By name. */
  readonly groups: ReadonlyMap<string, Group>
  readonly operators: readonly Operator[]
}

const ROLE_FILE = /^roles\/([a-z][a-z0-9_-]*)\/(?:role|states)\.yml$/
const ROLE_DIRECTORY = /^roles\/([a-z][a-z0-9_-]*)$/
/** Without these files, nothing is known about any minion. */
const NEEDED = ['fleet.yml', INVENTORY_FILE, 'roles']

/** Reads and checks a fleet directory; throws one AppError with all problems. `grantable`: the verbs. */
export async function loadFleet(directory: string, bundledRoles: string, grantable: Grantable): Promise<Fleet> {
  return fleetOf(await createFleetReader(directory, bundledRoles).read(), grantable)
}

/** Parses a fleet from its files; throws the problems of fleet.yml and inventory.yml. Pure. */
export function fleetOf(read: FleetFiles, grantable: Grantable): Fleet {
  const { files, broken } = read
  const unreadable = NEEDED.flatMap(path => broken.get(path) ?? [])
  if (unreadable.length > 0) throw new AppError(unreadable)
  const text = (path: string): string => new TextDecoder().decode(files.get(path) ?? new Uint8Array())
  const { schedule, problems } = parseSchedule(text(SCHEDULE_FILE))
  const scheduleProblems = [broken.get(SCHEDULE_FILE) ?? [], problems].flat()
  const roles = [...rolesIn([...files.keys(), ...broken.keys()])].sort()
  const head = parseFleetFile(text('fleet.yml'), { roles, grantable })
  // Levels are unknown when fleet.yml cannot be read.
  const isRead = head.problems.every(({ code }) => code !== 'YAML_INVALID')
  const inventory = parseInventory(text(INVENTORY_FILE), isRead ? head.levels : undefined)
  const found = [
    ...head.problems,
    ...inventory.problems,
    ...unknownRoles(inventory.entries, roles, text(INVENTORY_FILE)),
    ...sameNames(head.groups, inventory.entries, text(FLEET_FILE)),
  ]
  if (found.length > 0) throw new AppError(found)
  const { id, name, levels, domains, groups, operators } = head
  const fleet = {
    ...read,
    id: id as FleetId,
    name,
    levels,
    domains,
    groups,
    operators,
    inventory: inventory.entries,
    roles,
  }
  return { ...fleet, schedule, scheduleProblems }
}

/** A target word cannot mean a group and a minion. */
function sameNames(
  groups: ReadonlyMap<string, Group>,
  entries: readonly InventoryEntry[],
  text: string,
): readonly Problem[] {
  const findings = new Findings(text)
  for (const { pattern } of entries) {
    const group = groups.get(pattern)
    if (group === undefined) continue
    findings.invalid(group.position, `\`${pattern}\` is a group, and a minion in inventory.yml`, 'Rename the group.')
  }
  return findings.problems
}

function rolesIn(paths: readonly string[]): ReadonlySet<string> {
  return new Set(paths.flatMap(path => ROLE_FILE.exec(path)?.[1] ?? ROLE_DIRECTORY.exec(path)?.[1] ?? []))
}

/** Returns the text of a fleet file, or undefined. */
export function textOf(fleet: FleetFiles, path: string): string | undefined {
  const bytes = fleet.files.get(path)
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
}

/**
 * Returns the text of a fleet file for editing; empty for a new file. Throws the problem of an existing file that cannot be
 * read.
 */
export function editableText(fleet: FleetFiles, path: string): string {
  const problem = fleet.broken.get(path) ?? fleet.broken.get(path.split('/')[0] ?? '')
  if (problem !== undefined) throw new AppError(problem)
  return textOf(fleet, path) ?? ''
}

function unknownRoles(entries: readonly InventoryEntry[], roles: readonly string[], text: string): readonly Problem[] {
  const findings = new Findings(text)
  for (const { name, position } of entries.flatMap(entry => entry.roles)) {
    if (roles.includes(name)) continue
    const near = suggest(name, roles)
    findings.add({
      code: 'ROLE_UNKNOWN',
      message: `there is no role \`${name}\``,
      source: position,
      hint: near === undefined ? `Create it: \`roles/${name}/states.yml\`.` : `Did you mean \`${near}\`?`,
    })
  }
  return findings.problems
}
