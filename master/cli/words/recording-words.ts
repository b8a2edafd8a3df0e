import { type Command, InvalidArgumentError } from 'commander'
import { AppError } from '../../../protocol/errors.ts'
import type { Call, Invocation, View } from '../invocation.ts'
import { parseDuration } from '../render/time.ts'
import { countOption, given, number, type Options, text } from './option-words.ts'

interface Deps {
  readonly found: (invocation: Invocation) => void
  readonly call: (command: Command, call: Call) => void
  readonly view: (command: Command) => View
  readonly socketOf: (command: Command) => string | undefined
}

/** The words about who was on which minion by hand, and what he saw there. */
export function addRecordings(program: Command, { found, call, view, socketOf }: Deps): void {
  const sessions = program.command('sessions').description('list sessions on minions by hand, show or play one')
  sessions
    .command('list', { isDefault: true })
    .description('the newest sessions: who, where, how long, how it ended, whether a recording is there')
    .option('--operator <name>', 'only his')
    .option('--minion <minion>', 'only on this minion')
    .option('--limit <count>', 'how many, the newest', countOption, 20)
    .action((options: Options, command: Command) => {
      const [operator, minion] = [options['operator'], options['minion']].map(text)
      call(command, {
        verb: 'sessions',
        input: { ...given({ operator }), ...given({ minion }), limit: Number(options['limit']) },
      })
    })
  sessions
    .command('show <session>')
    .description('all that is known of one; its recording is held against the log')
    .action((session: string, _, command: Command) => call(command, { verb: 'session', input: { session } }))
  sessions
    .command('play <session>')
    .description('show again what its terminal showed, in the same time')
    .option('--speed <factor>', 'so many times as fast, such as 2 or 0.5', speedOption, 1)
    .option('--max-wait <seconds>', 'let no pause be longer', waitOption)
    .option('--plain', 'print all of it at once, as text')
    .option('--cast', 'print the recording itself (asciicast v2), for another player')
    .action((session: string, options: Options, command: Command) => {
      if (options['plain'] === true && options['cast'] === true) {
        throw new AppError({ code: 'USAGE', message: '`--plain` and `--cast` exclude each other', hint: 'Take one.' })
      }
      found({
        kind: 'play',
        session,
        how: options['plain'] === true ? 'plain' : options['cast'] === true ? 'cast' : 'timed',
        speed: Number(options['speed']),
        maxWaitMs: number(options['maxWait']),
        view: view(command),
        socket: socketOf(command),
      })
    })
}

function speedOption(value: string): number {
  const speed = /^\d{1,4}(\.\d{1,3})?$/.test(value) ? Number(value) : 0
  if (speed > 0) return speed
  throw new InvalidArgumentError('A speed is a number above 0, such as 2 or 0.5.')
}

function waitOption(value: string): number {
  const ms = /^\d{1,6}(\.\d{1,3})?$/.test(value) ? Number(value) * 1000 : parseDuration(value)
  if (ms !== undefined) return ms
  throw new InvalidArgumentError('A pause is a number of seconds, such as 2 or 0.5.')
}
