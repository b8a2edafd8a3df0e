import { compareNames } from '../../../protocol/minion-names.ts'
import type { RoleRow } from '../../verbs/fleet.ts'
import { minionCount, namesText } from './minion-names.ts'
import type { Style } from './style.ts'
import { type Cell, renderTable, type Table, type TableWish } from './table.ts'

const MOST_NAMES = 3

export const ROLES: Table<RoleRow> = [
  { name: 'role', cell: ({ role }) => role },
  {
    name: 'state',
    rank: 3,
    cell: ({ state }, { colours }) => (state === 'ready' ? 'ready' : { text: 'draft', paint: colours.yellow }),
  },
  { name: 'minions', wraps: 16, cell: minionsCell },
  { name: 'contract', wraps: 10, rank: 1, sparse: true, cell: contractCell },
  { name: 'demands', wraps: 20, breaks: true, rank: 4, cell: ({ demands }) => demands || '-' },
  { name: 'summary', wraps: 24, breaks: true, rank: 2, cell: ({ summary }) => summary || '-' },
  { name: 'includes', wraps: 12, extra: true, cell: ({ includes }) => includes.join(',') || '-' },
]

export function renderRoles(roles: readonly RoleRow[], style: Style, wish?: TableWish): string {
  const isUsed = ({ minions, holders = [] }: RoleRow): boolean => minions.length + holders.length > 0
  const used = roles.filter(isUsed)
  const table = renderTable(ROLES, [...used, ...roles.filter(role => !isUsed(role))], style, wish) || 'no roles\n'
  if (roles.length === 0 || style.width === Number.POSITIVE_INFINITY) return table
  const drafts = roles.filter(({ state }) => state !== 'ready').length
  const sum = `${roles.length} roles: ${used.length} in use, ${roles.length - used.length} not${drafts === 0 ? '' : `; ${drafts} are drafts`}`
  return `${table}${style.colours.bold(sum)}\n`
}

/** Shows both minions where an allocation gave the role to another minion than the inventory names. */
function minionsCell({ minions, holders = [] }: RoleRow, { width }: Style): string {
  const other = holders.filter(({ minion, inventory }) => inventory.length > 0 && !inventory.includes(minion))
  const words = other.map(({ inventory }) => ` (the inventory names ${inventory.join(',')})`)
  // A role that all hosts have fills a terminal with names, of which nobody reads the last ones.
  const few = minions.length > MOST_NAMES ? minionCount(minions.length) : namesText(minions.toSorted(compareNames))
  const names = width === Number.POSITIVE_INFINITY ? minions.join(',') : few
  return `${names || '-'}${words.join('')}`
}

function contractCell({ contract }: RoleRow, { colours }: Style): Cell | string {
  const broken = contract.filter(state => state.broken > 0)
  if (broken.length === 0) return contract.length === 0 ? '-' : { text: 'kept', paint: colours.green }
  return { text: `broken in ${broken.map(({ level }) => level).join(', ')}`, paint: colours.red }
}
