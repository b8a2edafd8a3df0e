import { InvalidArgumentError } from 'commander'
import { AppError } from '../../../protocol/errors.ts'
import { renderSession, renderSessions, SESSIONS } from '../render/sessions.ts'
import { parseDuration } from '../render/time.ts'
import { defineAnswer, defineCommand, defineGroup, defineLocal } from './define.ts'
import { count, flag, one, parsed, parsedOr, text } from './options.ts'

/** Commands for sessions on minions and their recordings. */
export const sessionCommands = [
  defineGroup('sessions', 'list, show and replay sessions of operators on minions'),
  defineCommand({
    words: 'sessions list',
    isDefault: true,
    help: 'list the newest sessions: operator, minion, duration, exit, recording',
    options: {
      operator: text('--operator <name>', 'only this operator'),
      minion: text('--minion <minion>', 'only on this minion'),
      limit: parsedOr('--limit <count>', 'how many, newest first', count, 20),
    },
    verb: 'sessions',
    input: wanted => wanted,
    table: SESSIONS,
    render: ({ sessions }, style, { table }) => renderSessions(sessions, style, table),
  }),
  defineCommand({
    words: 'sessions show',
    help: 'show one session and verify its recording against the log',
    arguments: { session: one('<session>') },
    verb: 'session',
    input: ({ session }) => ({ session }),
    render: renderSession,
  }),
  defineLocal({
    words: 'sessions play',
    help: 'replay a recorded terminal in real time',
    arguments: { session: one('<session>') },
    options: {
      speed: parsedOr('--speed <factor>', 'playback speed, for example 2 or 0.5', speed, 1),
      maxWaitMs: parsed('--max-wait <seconds>', 'longest pause', seconds),
      plain: flag('--plain', 'print the whole output at once, as text'),
      cast: flag('--cast', 'print the recording itself (asciicast v2)'),
    },
    answers: [defineAnswer({ verb: 'session-play', render: ({ text: shown }) => shown })],
    invocation: ({ session, plain, cast, ...pace }, { view, socket }) => {
      if (plain && cast) {
        throw new AppError({
          code: 'USAGE',
          message: '`--plain` and `--cast` cannot be combined',
          hint: 'Use only one of them.',
        })
      }
      return { kind: 'play', session, how: plain ? 'plain' : cast ? 'cast' : 'timed', ...pace, view, socket }
    },
  }),
]

function speed(value: string): number {
  const factor = /^\d{1,4}(\.\d{1,3})?$/.test(value) ? Number(value) : 0
  if (factor > 0) return factor
  throw new InvalidArgumentError('A speed is a number above 0, such as 2 or 0.5.')
}

function seconds(value: string): number {
  const ms = /^\d{1,6}(\.\d{1,3})?$/.test(value) ? Number(value) * 1000 : parseDuration(value)
  if (ms !== undefined) return ms
  throw new InvalidArgumentError('A pause is a number of seconds, such as 2 or 0.5.')
}
