import { AppError, type Problem } from '../../protocol/errors.ts'
import type { FleetId } from '../../protocol/ids.ts'
import { parseYaml } from '../yaml/parse.ts'
import { Findings } from '../yaml/shape.ts'
import { suggest } from '../yaml/suggest.ts'
import { INVENTORY_FILE, type InventoryEntry, parseInventory } from './inventory.ts'
import { type FleetFiles, readFleetFiles } from './snapshot.ts'

/** A fleet as it stood at one moment. */
export interface Fleet extends FleetFiles {
  readonly id: FleetId
  readonly name: string
  readonly levels: readonly string[]
  readonly inventory: readonly InventoryEntry[]
  /** Names of all roles that can be used, own and bundled. */
  readonly roles: readonly string[]
}

const ROLE_FILE = /^roles\/([a-z][a-z0-9_-]*)\/(?:role|states)\.yml$/

/** Reads and checks a fleet directory; throws one AppError with everything that is wrong. */
export async function loadFleet(directory: string, bundledRoles: string): Promise<Fleet> {
  const read = await readFleetFiles(directory, bundledRoles)
  const text = (path: string): string => new TextDecoder().decode(read.files.get(path) ?? new Uint8Array())
  const head = parseFleetFile(text('fleet.yml'))
  const inventory = parseInventory(text(INVENTORY_FILE), head.levels)
  const roles = [...new Set([...read.files.keys()].flatMap(path => ROLE_FILE.exec(path)?.[1] ?? []))].sort()
  const problems = [
    ...head.problems,
    ...inventory.problems,
    ...unknownRoles(inventory.entries, roles, text(INVENTORY_FILE)),
  ]
  if (problems.length > 0) throw new AppError(problems)
  return { ...read, id: head.id as FleetId, name: head.name, levels: head.levels, inventory: inventory.entries, roles }
}

/** The text of a file of the fleet, or undefined. */
export function textOf(fleet: FleetFiles, path: string): string | undefined {
  const bytes = fleet.files.get(path)
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
}

interface FleetHead {
  readonly id: string
  readonly name: string
  readonly levels: readonly string[]
  readonly problems: readonly Problem[]
}

function parseFleetFile(text: string): FleetHead {
  const { root, problems } = parseYaml(text, 'fleet.yml')
  const findings = new Findings(text)
  const top = { file: 'fleet.yml', line: 1, column: 1 }
  const map = findings.map(root, 'fleet.yml')
  if (map !== undefined) findings.only(map, ['id', 'name', 'levels'], 'fleet.yml')
  const of = (name: string) => map?.entries.find(entry => entry.key === name)?.value
  const id = findings.text(of('id'), '`id`') ?? ''
  if (problems.length === 0 && !/^[a-z0-9-]{8,64}$/.test(id)) {
    findings.invalid(
      of('id')?.position ?? top,
      '`id` shall be 8 to 64 of a-z, 0-9 and `-`',
      'Let `master init` make it.',
    )
  }
  const levels = findings.texts(of('levels'), '`levels`')
  if (problems.length === 0 && levels.length === 0) {
    findings.invalid(
      of('levels')?.position ?? top,
      '`levels` shall name at least one level',
      'Such as `levels: [production, staging]`.',
    )
  }
  const name = findings.text(of('name'), '`name`') ?? id
  return { id, name, levels, problems: [...problems, ...findings.problems] }
}

function unknownRoles(entries: readonly InventoryEntry[], roles: readonly string[], text: string): readonly Problem[] {
  const findings = new Findings(text)
  for (const { name, position } of entries.flatMap(entry => entry.roles)) {
    if (roles.includes(name)) continue
    const near = suggest(name, roles)
    findings.add({
      code: 'ROLE_UNKNOWN',
      message: `there is no role \`${name}\`; there are ${roles.join(', ')}`,
      source: position,
      hint: near === undefined ? `Write it: \`roles/${name}/states.yml\`.` : `Did you mean \`${near}\`?`,
    })
  }
  return findings.problems
}
