import { AppError } from '../../protocol/errors.ts'
import type { JsonObject } from '../../protocol/json.ts'
import { versionOf } from '../address/address.ts'
import type { FleetMinion, FleetSnapshot } from '../control/snapshot.ts'
import { suggest } from '../yaml/suggest.ts'
import { parseRunbook } from './parse.ts'
import type { PlanSnapshot } from './plan.ts'
import { type Runbook, runbookName } from './runbook.ts'

/** Lists all runbooks of a fleet, own and bundled, by name, with the problems of their files. Pure. */
export function runbooksOf({ fleet }: FleetSnapshot): readonly Runbook[] {
  const broken = [...fleet.broken].flatMap(([path, problem]) => {
    const name = runbookName(path)
    return name === undefined ? [] : [{ name, summary: '', params: [], steps: [], problems: [problem] }]
  })
  return [...fleet.files]
    .flatMap(([path, bytes]) => {
      const name = runbookName(path)
      return name === undefined ? [] : [parseRunbook(name, new TextDecoder().decode(bytes))]
    })
    .concat(broken)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * Takes the plan snapshot of a runbook: its parameters, and the fleet as it is now. Throws RUNBOOK_UNKNOWN, USAGE, and the
 * problems of its file.
 */
export function snapshotPlan(
  snapshot: FleetSnapshot,
  name: string,
  given: { readonly [name: string]: string },
): { readonly plan: PlanSnapshot; readonly target: string } {
  const books = runbooksOf(snapshot)
  const book = books.find(one => one.name === name)
  if (book === undefined) {
    const near = suggest(
      name,
      books.map(one => one.name),
    )
    throw new AppError({
      code: 'RUNBOOK_UNKNOWN',
      message: `there is no runbook \`${name.slice(0, 80)}\``,
      hint: near === undefined ? 'See `master runbook list`.' : `Did you mean \`${near}\`?`,
    })
  }
  const bytes = snapshot.fleet.files.get(`runbooks/${name}.yml`)
  if (book.problems.length > 0 || bytes === undefined) throw new AppError(book.problems)
  const minions: FleetMinion[] = []
  const params = parametersOf(book, given, id => {
    const minion = snapshot.minions.find(one => one.id === id && one.known !== undefined)
    if (minion !== undefined) minions.push(minion)
    return minion
  })
  const level = minions[0]?.assignment.level
  const peers = snapshot.minions.filter(({ known, assignment }) => known !== undefined && assignment.level === level)
  const held = snapshot.holders.filter(one => one.level === level)
  const holders = held.flatMap(({ role, minion }) => {
    const found = peers.find(({ id }) => id === minion)
    return found === undefined ? [] : [[role, factsOf(found)] as const]
  })
  const names = { params, holders: Object.fromEntries(holders), ...(level === undefined ? {} : { level }) }
  const plan = { runbook: name, text: new TextDecoder().decode(bytes), names, members: peers.map(factsOf) }
  const target = Object.entries(given).map(([key, value]) => `${key}=${value}`)
  return { plan, target: target.join(' ') }
}

function factsOf({ id, roles, assignment, addresses }: FleetMinion): JsonObject {
  const address = addresses.address ?? null
  const ip4 = address !== null && versionOf(address) === 4 ? address : null
  return { id, level: assignment.level ?? '', roles, address, ip4 }
}

function parametersOf(
  { name: runbook, params }: Runbook,
  given: { readonly [name: string]: string },
  minionOf: (id: string) => FleetMinion | undefined,
): JsonObject {
  const usage = (message: string): AppError => {
    const example = params.map(({ name }) => `--set ${name}=...`).join(' ')
    return new AppError({
      code: 'USAGE',
      message,
      hint: `For example, type \`master runbook run ${runbook} ${example}\`.`,
    })
  }
  for (const key of Object.keys(given)) {
    if (!params.some(({ name }) => name === key)) throw usage(`\`${runbook}\` has no parameter \`${key.slice(0, 80)}\``)
  }
  const entries = params.map(({ name, type, help, default: preset }) => {
    const value = given[name] ?? preset
    if (value === undefined) throw usage(`\`${runbook}\` needs \`${name}\`: ${help}`)
    if (type === 'text') return [name, value] as const
    const minion = minionOf(value)
    if (minion === undefined) throw usage(`\`${name}\` must be a minion that has joined, got \`${value.slice(0, 80)}\``)
    return [name, factsOf(minion)] as const
  })
  return Object.fromEntries(entries)
}
