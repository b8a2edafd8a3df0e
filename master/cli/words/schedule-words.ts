import type { Command } from 'commander'
import type { Call } from '../invocation.ts'
import { countOption, given, type Options } from './option-words.ts'

/** The words about schedule.yml. */
export function addSchedule(program: Command, call: (command: Command, call: Call) => void): void {
  const schedule = program.command('schedule').description('see what runs by itself; run, pause or resume it')
  schedule
    .command('list', { isDefault: true })
    .description('list schedules: when each runs next, what came of it last, what waits to be delivered')
    .action((_, command: Command) => call(command, { verb: 'schedule-list', input: {} }))
  schedule
    .command('next [name]')
    .description('show the next runs, of one schedule or of all')
    .option('--count <count>', 'how many', countOption, 5)
    .action((name: string | undefined, options: Options, command: Command) => {
      const input = { ...given({ schedule: name }), count: Number(options['count']) }
      call(command, { verb: 'schedule-next', input })
    })
  schedule
    .command('run <name>')
    .description('run it now, and wait for its end')
    .action((name: string, _, command: Command) => call(command, { verb: 'schedule-run', input: { schedule: name } }))
  schedule
    .command('pause <name>')
    .description('let it rest, also over restarts of the master')
    .action((name: string, _, command: Command) => call(command, { verb: 'schedule-pause', input: { schedule: name } }))
  schedule
    .command('resume <name>')
    .description('let it run again; what came due meanwhile stays undone')
    .action((name: string, _, command: Command) =>
      call(command, { verb: 'schedule-resume', input: { schedule: name } }),
    )
}
