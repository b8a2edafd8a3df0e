import type { AuditRow } from '../../control/audit-row.ts'
import type { AuditVerification } from '../../verbs/audit.ts'
import { type Style, safe } from './style.ts'
import { type Cell, renderTable, type Table, type TableWish, timeColumn } from './table.ts'

export const ACTIONS: Table<AuditRow> = [
  { name: 'seq', rank: 2, cell: ({ seq }) => String(seq) },
  timeColumn('at', ({ at }) => at, { rank: 1 }),
  { name: 'operator', cell: ({ operator }, { colours }) => ({ text: operator, paint: colours.bold }) },
  { name: 'verb', cell: ({ verb }) => verb },
  { name: 'outcome', wraps: 14, cell: outcomeCell },
  { name: 'about', wraps: 20, cell: aboutCell },
]

/** Renders the audit log. Pure. */
export function renderAudit(acts: readonly AuditRow[], style: Style, wish?: TableWish): string {
  return renderTable(ACTIONS, acts, style, wish) || 'no actions\n'
}

function outcomeCell({ outcome, code }: AuditRow, { colours }: Style): Cell {
  const isGood = outcome === 'ordered' || outcome === 'done'
  return { text: code === undefined ? outcome : `${outcome} ${code}`, paint: isGood ? colours.green : colours.red }
}

function aboutCell({ target, minions }: AuditRow): string {
  return [target ?? [], minions === undefined ? [] : named(minions)].flat().join(': ') || '-'
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
