import type { AuditRow } from '../../control/audit-row.ts'
import type { AuditVerification } from '../../verbs/audit.ts'
import { type Style, safe } from './style.ts'
import { renderTable } from './table.ts'
import { moment } from './time.ts'

/** Who did what when. Pure. */
export function renderAudit(acts: readonly AuditRow[], style: Style): string {
  const { colours } = style
  const paint = { ordered: colours.green, done: colours.green, failed: colours.red, refused: colours.red }
  const rows = acts.map(row => [
    String(row.seq),
    moment(row.at),
    { text: row.operator, paint: colours.bold },
    row.verb,
    { text: row.code === undefined ? row.outcome : `${row.outcome} ${row.code}`, paint: paint[row.outcome] },
    [row.target ?? [], row.minions === undefined ? [] : named(row.minions)].flat().join(': ') || '-',
  ])
  return renderTable(['seq', 'at', 'operator', 'verb', 'outcome', 'about'], rows, style) || 'no actions\n'
}

function named(minions: readonly string[]): string {
  const shown = minions.slice(0, 5).join(',')
  return minions.length > 5 ? `${shown} and ${minions.length - 5} more` : shown
}

/** Pure. */
export function renderVerification(found: AuditVerification, { colours }: Style): string {
  const { ok, entries, head, checkpoints, given, seq, message } = found
  const held = `held against ${checkpoints} checkpoints of the store${given === 0 ? '' : ` and ${given} handed in`}`
  if (ok) {
    const advice =
      given === 0
        ? 'Whoever can write the store could cut off its end with its checkpoints: compare with the journal too, --against.\n'
        : ''
    return `${colours.green('whole')}: ${entries} entries, head ${safe(head ?? 'none')}, ${held}\n${advice}`
  }
  const which =
    seq === undefined ? `The ${entries} entries of the log are whole` : `${entries} entries before it are whole`
  const where = seq === undefined ? '' : ` at entry ${seq}`
  return `${colours.red('BROKEN')}${where}: ${safe(message ?? '')}\n${which}; ${held}\n`
}
