import { renderJobs } from '../render/lists.ts'
import { renderJob, renderReports } from '../render/report.ts'
import { safe } from '../render/style.ts'
import { REPORT_FORMATS } from './ci-formats.ts'
import { calling, defineAnswer, defineCommand, defineLocal } from './define.ts'
import { count, one, parsedOr, text } from './options.ts'
import { SHOW_OPTIONS } from './show-options.ts'

/** Commands for jobs and their reports. */
export const jobCommands = [
  defineLocal({
    words: 'jobs',
    help: 'list jobs, or show one',
    arguments: { job: text('[job]') },
    options: { limit: parsedOr('--limit <count>', 'how many, newest first', count, 20) },
    answers: [
      defineAnswer({ verb: 'jobs', render: ({ jobs }, style) => renderJobs(jobs, style) }),
      defineAnswer({ verb: 'job', render: (result, style) => renderJob(result, style) }),
    ],
    invocation: ({ job, limit }, typed) =>
      job === undefined
        ? calling({ verb: 'jobs', input: { limit } }, typed)
        : calling({ verb: 'job', input: { job } }, typed),
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
