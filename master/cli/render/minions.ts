import { withheldText } from '../../control/withheld-text.ts'
import type { MinionRow } from '../../verbs/minions.ts'
import { namesText } from './minion-names.ts'
import { type Style, safe } from './style.ts'
import { type Cell, renderTable } from './table.ts'
import { moment } from './time.ts'

/** One line for each minion; below what somebody should look at. Pure. */
export function renderMinions(minions: readonly MinionRow[], style: Style): string {
  const { colours } = style
  const rows = minions.map(row => [
    { text: row.minion, paint: colours.bold },
    row.connected
      ? { text: 'online', paint: colours.green }
      : {
          text: row.lastSeenAt === undefined ? 'never connected' : `offline since ${moment(row.lastSeenAt)} UTC`,
          paint: colours.red,
        },
    row.level ?? '-',
    row.roles.join(',') || '-',
    row.address ?? '-',
    row.version ?? '-',
    row.lastRun === undefined ? '-' : `${row.lastRun.state} ${moment(row.lastRun.at)}`,
    driftCell(row, style),
  ])
  const head = ['minion', 'link', 'level', 'roles', 'address', 'version', 'last run', 'drift']
  const notes = minions.flatMap(({ minion, withheld }) => {
    if (withheld === undefined) return []
    const what = safe(withheldText(minion, withheld))
    return [
      `${colours.yellow('note')}  ${what}: \`master keys accept ${safe(minion)}\` shows these entries and assigns them\n`,
    ]
  })
  return `${renderTable(head, rows, style) || 'no minions yet\n'}${notes.join('')}${withoutRoles(minions, style)}`
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
