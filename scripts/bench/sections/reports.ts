import { join } from 'node:path'
import type { Section } from '../bench-context.ts'
import { measuredRow } from '../measured-row.ts'
import type { ReportsWork, ReportTimes } from '../programs/reports.ts'
import { timedCommand } from '../timed-command.ts'

export const REPORTS: Section = {
  section: 'reports',
  about:
    '`n` reports of 100 states stored by the store of the master, in one process without a network, 100 of them on the way at ' +
    'once. Floor: the same bytes inserted into SQLite, 100 in a transaction.',
  async measure({ built, directory, sizes, add }) {
    const { reports: n, turns } = sizes
    const work: ReportsWork = { directory: join(directory, 'reports'), reports: n, turns }
    const { out } = await timedCommand([process.execPath, built.helper('reports'), JSON.stringify(work)])
    const { stored, floor } = JSON.parse(out) as ReportTimes
    // Each turn stores a part: as if all turns were as fast as this one.
    const whole = (seconds: number): number => seconds * turns
    add(
      measuredRow({
        section: 'reports',
        name: 'reports stored',
        n,
        unit: 's',
        values: stored.map(whole),
        floor: { name: 'SQLite', values: floor.map(whole) },
      }),
    )
  },
}
