import type { JobRow } from '../../jobs/results.ts'
import type { Style } from './style.ts'
import { type Cell, renderTable, type Table, type TableWish, timeColumn } from './table.ts'

export const JOBS: Table<JobRow> = [
  { name: 'job', cell: ({ job }) => job },
  { name: 'verb', wraps: 6, cell: ({ verb, origin }) => (origin === 'order' ? verb : `${verb} (${origin})`) },
  { name: 'target', wraps: 16, cell: ({ target }) => target },
  timeColumn('at', ({ createdAt }) => createdAt, { rank: 1, folds: 10 }),
  { name: 'by', rank: 2, cell: ({ operator }) => operator },
  { name: 'runs', wraps: 10, cell: runsCell },
  { name: 'revision', extra: true, cell: ({ revision }) => revision?.slice(0, 12) ?? '-' },
]

export function renderJobs(jobs: readonly JobRow[], style: Style, wish?: TableWish): string {
  return renderTable(JOBS, jobs, style, wish) || 'no jobs yet\n'
}

function runsCell({ runs }: JobRow, { colours }: Style): Cell {
  const text = Object.entries(runs)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ')
  return (runs.failed ?? 0) + (runs.expired ?? 0) > 0 ? { text, paint: colours.red } : { text: text || '-' }
}
