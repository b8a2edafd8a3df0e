import { EXIT, exitOfProblems } from '../exit-codes.ts'
import { NEXT_RUNS, renderNextRuns, renderScheduleRun, renderSchedules, SCHEDULES } from '../render/schedule.ts'
import { safe } from '../render/style.ts'
import { defineCommand, defineGroup } from './define.ts'
import { count, one, parsedOr, text } from './options.ts'

/** Commands for schedule.yml. */
export const scheduleCommands = [
  defineGroup('schedule', 'list, run, pause and resume schedules'),
  defineCommand({
    words: 'schedule list',
    isDefault: true,
    help: 'list schedules with their next run, last result and pending deliveries',
    verb: 'schedule-list',
    input: () => ({}),
    table: SCHEDULES,
    render: (result, style, { table }) => renderSchedules(result, style, table),
    exitCode: ({ problems }) => exitOfProblems(problems),
  }),
  defineCommand({
    words: 'schedule next',
    help: 'show the next runs of one schedule or of all',
    arguments: { schedule: text('[name]') },
    options: { count: parsedOr('--count <count>', 'how many', count, 5) },
    verb: 'schedule-next',
    input: wanted => wanted,
    table: NEXT_RUNS,
    render: ({ runs }, style, { table }) => renderNextRuns(runs, style, table),
  }),
  defineCommand({
    words: 'schedule run',
    help: 'run a schedule now and wait until it ends',
    arguments: { schedule: one('<name>') },
    verb: 'schedule-run',
    input: ({ schedule }) => ({ schedule }),
    render: renderScheduleRun,
    exitCode: ({ outcome }) => (outcome === 'done' ? EXIT.fine : EXIT.failed),
  }),
  defineCommand({
    words: 'schedule pause',
    help: 'pause a schedule; it stays paused across restarts',
    arguments: { schedule: one('<name>') },
    verb: 'schedule-pause',
    input: ({ schedule }) => ({ schedule }),
    render: ({ schedule }) => `${safe(schedule)} is paused until \`master schedule resume ${safe(schedule)}\`\n`,
  }),
  defineCommand({
    words: 'schedule resume',
    help: 'resume a schedule; runs that were due meanwhile are skipped',
    arguments: { schedule: one('<name>') },
    verb: 'schedule-resume',
    input: ({ schedule }) => ({ schedule }),
    render: ({ schedule }) => `${safe(schedule)} runs again\n`,
  }),
]
