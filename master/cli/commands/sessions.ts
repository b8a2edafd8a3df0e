import { InvalidArgumentError } from 'commander'
import { AppError } from '../../../protocol/errors.ts'
import { renderSession, renderSessions } from '../render/sessions.ts'
import { parseDuration } from '../render/time.ts'
import { defineAnswer, defineCommand, defineGroup, defineLocal } from './define.ts'
import { count, flag, one, parsed, parsedOr, text } from './options.ts'

/** The commands about who was on which minion by hand, and what they saw there. */
export const sessionCommands = [
  defineGroup('sessions', 'list sessions on minions by hand, show or play one'),
  defineCommand({
    words: 'sessions list',
    isDefault: true,
    help: 'the newest sessions: who, where, how long, how it ended, whether a recording is there',
    options: {
      operator: text('--operator <name>', 'only his'),
      minion: text('--minion <minion>', 'only on this minion'),
      limit: parsedOr('--limit <count>', 'how many, the newest', count, 20),
    },
    verb: 'sessions',
    input: wanted => wanted,
    render: ({ sessions }, style) => renderSessions(sessions, style),
  }),
  defineCommand({
    words: 'sessions show',
    help: 'all that is known of one; its recording is held against the log',
    arguments: { session: one('<session>') },
    verb: 'session',
    input: ({ session }) => ({ session }),
    render: renderSession,
  }),
  defineLocal({
    words: 'sessions play',
    help: 'show again what its terminal showed, in the same time',
    arguments: { session: one('<session>') },
    options: {
      speed: parsedOr('--speed <factor>', 'so many times as fast, such as 2 or 0.5', speed, 1),
      maxWaitMs: parsed('--max-wait <seconds>', 'let no pause be longer', seconds),
      plain: flag('--plain', 'print all of it at once, as text'),
      cast: flag('--cast', 'print the recording itself (asciicast v2), for another player'),
    },
    answers: [defineAnswer({ verb: 'session-play', render: ({ text: shown }) => shown })],
    invocation: ({ session, plain, cast, ...pace }, { view, socket }) => {
      if (plain && cast) {
        throw new AppError({ code: 'USAGE', message: '`--plain` and `--cast` exclude each other', hint: 'Take one.' })
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
