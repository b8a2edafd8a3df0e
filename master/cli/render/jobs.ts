import type { JobRow } from '../../jobs/results.ts'
import { fold } from './fold.ts'
import { type Style, safe } from './style.ts'
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
  return (renderTable(JOBS, jobs, style, wish) || 'no jobs yet\n') + failedLine(jobs, style)
}

/** Says below a table on a terminal how many jobs failed, and what to type. */
function failedLine(jobs: readonly JobRow[], style: Style): string {
  const failed = jobs.filter(isFailed)
  const [newest] = failed
  if (newest === undefined || style.width === Number.POSITIVE_INFINITY) return ''
  const { bold } = style.colours
  const pieces = [
    {
      text: `${failed.length} of these ${jobs.length} jobs failed on some minion; the newest, ${wordsOf(newest)}:`,
      paint: bold,
    },
    { text: `master report ${safe(newest.job)}`, gap: ' ', paint: bold, whole: true },
  ] as const
  return fold(pieces, style, { hang: 2 })
    .map(line => `${line}\n`)
    .join('')
}

/** Says what a job did and on how many minions it failed: `apply role=web, failed on 3 of 20`. */
function wordsOf({ verb, target, runs }: JobRow): string {
  const all = Object.values(runs).reduce((sum, count) => sum + count, 0)
  return `${verb} ${safe(target)}, failed on ${(runs.failed ?? 0) + (runs.expired ?? 0)} of ${all}`
}

function isFailed({ runs }: JobRow): boolean {
  return (runs.failed ?? 0) + (runs.expired ?? 0) > 0
}

/** Failures come first, so that a wrapped cell begins with them. */
function runsCell(job: JobRow, { colours }: Style): Cell {
  const { failed, expired, ...others } = job.runs
  const text = Object.entries({ failed, expired, ...others })
    .flatMap(([state, count]) => (count === undefined ? [] : [`${count} ${state}`]))
    .join(', ')
  return isFailed(job) ? { text, paint: colours.red } : { text: text || '-' }
}
