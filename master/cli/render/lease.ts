import type { LeaseRow } from '../../control/answers/lease-answers.ts'
import type { Style } from './style.ts'
import { renderTable } from './table.ts'
import { moment } from './time.ts'

/** What minions hold. Pure. */
export function renderLeases(leases: readonly LeaseRow[], style: Style): string {
  const rows = leases.map(({ lease, minion, value, since, state }) => [
    lease,
    minion,
    lease.includes('@') ? '-' : String(value),
    moment(since),
    state === 'held' ? 'held' : { text: 'idle', paint: style.colours.yellow },
  ])
  return renderTable(['lease', 'minion', 'value', 'since', 'state'], rows, style) || 'nobody holds a lease\n'
}
