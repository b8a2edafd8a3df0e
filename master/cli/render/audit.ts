import type { AuditRow } from '../../control/audit-row.ts'
import type { AuditVerification } from '../../verbs/audit.ts'
import { type Style, safe } from './style.ts'
import { renderTable } from './table.ts'
import { moment } from './time.ts'

/** Renders the audit log. Pure. */
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

/** Renders the result of verifying the log. Pure. */
export function renderVerification(found: AuditVerification, { colours }: Style): string {
  const { ok, entries, head, checkpoints, given, seq, message } = found
  const held = `compared with ${checkpoints} checkpoints of the store${given === 0 ? '' : ` and ${given} from --against`}`
  if (ok) {
    const advice =
      given === 0
        ? 'Anyone who can write the store could truncate the log together with its checkpoints: compare it with the journal too (--against).\n'
        : ''
    return `${colours.green('intact')}: ${entries} entries, head ${safe(head ?? 'none')}, ${held}\n${advice}`
  }
  const which =
    seq === undefined ? `The ${entries} entries of the log are intact` : `${entries} entries before it are intact`
  const where = seq === undefined ? '' : ` at entry ${seq}`
  return `${colours.red('BROKEN')}${where}: ${safe(message ?? '')}\n${which}; ${held}\n`
}
