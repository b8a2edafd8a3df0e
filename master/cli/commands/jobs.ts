import { AppError } from '../../../protocol/errors.ts'
import type { View } from '../invocation.ts'
import { JOBS, renderJobs } from '../render/jobs.ts'
import { renderJob, renderReports } from '../render/report.ts'
import { safe } from '../render/style.ts'
import { REPORT_FORMATS } from './ci-formats.ts'
import { calling, defineAnswer, defineCommand, defineLocal } from './define.ts'
import { count, one, parsedOr, text } from './options.ts'
import { SHOW_OPTIONS, wantedOf } from './show-options.ts'

/** Commands for jobs and their reports. */
export const jobCommands = [
  defineLocal({
    words: 'jobs',
    help: 'list jobs, or show one',
    arguments: { job: text('[job]') },
    options: { limit: parsedOr('--limit <count>', 'how many, newest first', count, 20), ...SHOW_OPTIONS },
    table: JOBS,
    answers: [
      defineAnswer({ verb: 'jobs', render: ({ jobs }, style, { table }) => renderJobs(jobs, style, table) }),
      defineAnswer({ verb: 'job', render: renderJob }),
    ],
    invocation: ({ job, limit, verbose, slowest }, typed) => {
      if (job === undefined) {
        refuseWishes(typed.view)
        return calling({ verb: 'jobs', input: { limit } }, typed)
      }
      refuseColumns(job, typed.view)
      return calling({ verb: 'job', input: { job, ...wantedOf({ verbose, slowest }) } }, typed)
    },
  }),
  defineCommand({
    words: 'jobs cancel',
    help: 'cancel the unfinished runs of a job',
    arguments: { job: one('<job>') },
    verb: 'job-cancel',
    input: ({ job }) => ({ job }),
    render: ({ job, cancelled, asked }) =>
      `${safe(job)}: ${cancelled.length} cancelled at once, ${asked.length} asked to end\n`,
  }),
  defineCommand({
    words: 'report',
    help: 'show the reports of a run, a job or a minion (default: the last job)',
    arguments: { of: text('[of]') },
    options: SHOW_OPTIONS,
    verb: 'report',
    input: ({ of }) => ({ of }),
    render: renderReports,
    formats: REPORT_FORMATS,
  }),
]

/** The list of jobs has no states to choose from. */
function refuseWishes({ show }: View): void {
  if (show === undefined || Object.values(show).every(wish => wish === undefined || wish === false)) return
  throw new AppError({
    code: 'USAGE',
    message: 'jobs: expected a job with options that choose what is shown of a result, found none',
    hint: '`master jobs` lists the jobs; then, for example, `master jobs JOB --failed`.',
  })
}

/** One job is no table. */
function refuseColumns(job: string, { table }: View): void {
  if (table?.columns === undefined) return
  throw new AppError({
    code: 'USAGE',
    message: `jobs: expected a job or \`--columns\`, found the job \`${job}\` and \`--columns\``,
    hint: 'One job is not shown as a table. Leave `--columns` out, or the job.',
  })
}
