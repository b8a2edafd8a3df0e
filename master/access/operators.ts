import { type BigIntStats, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../protocol/errors.ts'
import { FLEET_FILE, type FleetHead, parseFleetFile } from '../fleet/fleet-file.ts'
import type { Operator } from '../fleet/operators.ts'
import { encodingProblem } from '../yaml/encoding.ts'
import type { Rights } from './caller.ts'
import { rightsOf } from './rights.ts'
import { grantableOf, type RightsTable } from './verb-right.ts'

/** The operators of fleet.yml, read as it is now. */
export interface Operators {
  /** Lists all operators; throws the problems of the file. */
  list(): readonly Operator[]
  /**
   * Reads the file again for each request: revoked rights are gone at once, and a broken file allows nothing. Deprecated names
   * of keys and verbs (KEY_RENAMED) are no problem here.
   */
  rightsOf(name: string): Rights
}

interface Seen {
  readonly mark: string
  readonly operators: ReadonlyMap<string, { readonly operator: Operator; readonly rights: Rights }>
  readonly problems: FleetHead['problems']
}

export function openOperators(fleetDirectory: string, table: RightsTable): Operators {
  const path = join(fleetDirectory, FLEET_FILE)
  const nothing = rightsOf([], table)
  let seen: Seen | undefined
  const now = (): Seen => {
    const mark = markOf(path)
    if (seen === undefined || seen.mark !== mark) seen = { mark, ...read(path, table) }
    if (seen.problems.length > 0) throw new AppError(seen.problems)
    return seen
  }
  const rights = (name: string): Rights => now().operators.get(name)?.rights ?? nothing
  return {
    list: () => [...now().operators.values()].map(({ operator }) => operator),
    rightsOf: name => ({
      allows: verb => rights(name).allows(verb),
      allowsOn: (verb, minion) => rights(name).allowsOn(verb, minion),
      everywhere: verb => rights(name).everywhere(verb),
      sees: minion => rights(name).sees(minion),
      seesAll: () => rights(name).seesAll(),
      needsFleet: verb => rights(name).needsFleet(verb),
    }),
  }
}

function read(path: string, table: RightsTable): Omit<Seen, 'mark'> {
  const bytes = readFileSync(path)
  const problem = encodingProblem(bytes, FLEET_FILE)
  if (problem !== undefined) return { operators: new Map(), problems: [problem] }
  const text = new TextDecoder().decode(bytes)
  const { operators, problems } = parseFleetFile(text, { roles: undefined, grantable: grantableOf(table) })
  const entries = operators.map(
    operator => [operator.name, { operator, rights: rightsOf(operator.grants, table) }] as const,
  )
  return { operators: new Map(entries), problems: problems.filter(({ code }) => code !== 'KEY_RENAMED') }
}

/** A fingerprint that changes with the file, even if a file of the same size and time replaces it. */
function markOf(path: string): string {
  let status: BigIntStats
  try {
    status = statSync(path, { bigint: true })
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new AppError(
      {
        code: 'FLEET_UNREADABLE',
        message: `cannot read \`${path}\`: ${code ?? message}`,
        hint: 'Restore it, for example with `git checkout fleet.yml`.',
      },
      { cause },
    )
  }
  const { dev, ino, size, mtimeNs, ctimeNs } = status
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
}
