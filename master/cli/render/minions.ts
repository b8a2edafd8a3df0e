import { withheldText } from '../../control/withheld-text.ts'
import type { MinionRow } from '../../verbs/minions.ts'
import { fold } from './fold.ts'
import { byMinion, MOST_FAILED, minionCount, namesText } from './minion-names.ts'
import { type Style, safe } from './style.ts'
import { type Cell, renderTable, type Table, type TableWish, timeColumn } from './table.ts'

/** More roles than these would fill several lines of a terminal for each minion. */
const MOST_ROLES = 5
const SHOWN_ROLES = 3

export const MINIONS: Table<MinionRow> = [
  { name: 'minion', cell: ({ minion }, { colours }) => ({ text: minion, paint: colours.bold }) },
  { name: 'link', wraps: 9, cell: linkCell },
  { name: 'level', wraps: 8, rank: 3, cell: ({ level }) => level ?? '-' },
  { name: 'roles', wraps: 20, cell: rolesCell },
  { name: 'address', rank: 4, sparse: true, cell: ({ address }) => address ?? '-' },
  { name: 'version', rank: 7, cell: ({ version }) => version ?? '-' },
  timeColumn('offline-since', ({ connected, lastSeenAt }) => (connected ? undefined : lastSeenAt), {
    rank: 5,
    sparse: true,
  }),
  { name: 'last-run', wraps: 8, rank: 1, cell: runCell },
  timeColumn('run-at', ({ lastRun }) => lastRun?.at, { rank: 6, sparse: true }),
  { name: 'drift', rank: 2, cell: driftCell },
  { name: 'os', extra: true, cell: ({ os }) => os ?? '-' },
  { name: 'reported-ip', extra: true, cell: ({ ip4 }) => ip4 ?? '-' },
  timeColumn('last-seen', ({ lastSeenAt }) => lastSeenAt, { extra: true }),
]

/** One row for each minion; below what somebody should look at. Pure. */
export function renderMinions(minions: readonly MinionRow[], style: Style, wish?: TableWish): string {
  const { colours } = style
  const notes = minions.flatMap(({ minion, withheld }) => {
    if (withheld === undefined) return []
    const what = safe(withheldText(minion, withheld))
    return [
      `${colours.yellow('note')}  ${what}: \`master keys accept ${safe(minion)}\` shows these entries and assigns them\n`,
    ]
  })
  const inOrder = minions.toSorted(byMinion)
  const table = renderTable(MINIONS, inOrder, style, wish) || 'no minions yet\n'
  return `${table}${sumLine(inOrder, style)}${notes.join('')}${withoutRoles(minions, style)}`
}

function rolesCell({ roles }: MinionRow, { width }: Style): string {
  if (roles.length <= MOST_ROLES || width === Number.POSITIVE_INFINITY) return roles.join(',') || '-'
  return `${roles.slice(0, SHOWN_ROLES).join(',')} and ${roles.length - SHOWN_ROLES} more`
}

/** Says below a table on a terminal how many are online, and which failed. */
function sumLine(minions: readonly MinionRow[], style: Style): string {
  if (minions.length === 0 || style.width === Number.POSITIVE_INFINITY) return ''
  const online = minions.filter(({ connected }) => connected).length
  const failed = minions.filter(({ lastRun }) => lastRun?.state === 'failed' || lastRun?.state === 'expired')
  const [first] = failed
  const names = namesText(
    failed.map(({ minion }) => minion),
    MOST_FAILED,
  )
  const { bold, red } = style.colours
  const pieces = [
    { text: `${minionCount(minions.length)}, ${online} online`, paint: bold },
    ...(first === undefined
      ? []
      : [
          {
            text: `the last ${verbOf(failed)} failed on ${names}${failed.length === 1 ? '' : '; for example'}:`,
            paint: red,
          },
          { text: `master report ${safe(first.minion)}`, gap: ' ', paint: red, whole: true as const },
        ]),
  ]
  return fold(pieces, style, { hang: 2 })
    .map(line => `${line}\n`)
    .join('')
}

/** The verb that failed, if it is the same on all. */
function verbOf(failed: readonly MinionRow[]): string {
  const [verb = 'run', ...others] = new Set(failed.flatMap(({ lastRun }) => lastRun?.verb ?? []))
  return others.length === 0 ? verb : 'run'
}

function linkCell({ connected, lastSeenAt }: MinionRow, { colours }: Style): Cell {
  if (connected) return { text: 'online', paint: colours.green }
  return { text: lastSeenAt === undefined ? 'never connected' : 'offline', paint: colours.red }
}

function runCell({ lastRun }: MinionRow, { colours }: Style): Cell | string {
  if (lastRun === undefined) return '-'
  const { state } = lastRun
  return state === 'failed' || state === 'expired' ? { text: state, paint: colours.red } : state
}

function driftCell({ drift }: MinionRow, { colours }: Style): Cell | string {
  if (drift === undefined) return '-'
  if (drift.states === 0) return { text: 'none', paint: colours.green }
  return { text: drift.states === 1 ? '1 state' : `${drift.states} states`, paint: colours.yellow }
}

/** An apply says that it is done, and does nothing there. */
function withoutRoles(minions: readonly MinionRow[], { colours }: Style): string {
  const bare = minions.filter(({ roles, withheld }) => roles.length === 0 && withheld === undefined)
  if (bare.length === 0) return ''
  const names = namesText(bare.map(({ minion }) => minion))
  const verb = bare.length === 1 ? 'has' : 'have'
  return `${colours.yellow('note')}  ${names} ${verb} no roles, so an apply does nothing there: see inventory.yml\n`
}
