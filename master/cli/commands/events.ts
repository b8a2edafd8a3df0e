import { defineCommand } from './define.ts'
import { count, flag, parsed, parsedOr } from './options.ts'

/** Command for the event log. */
export const eventCommands = [
  defineCommand({
    words: 'events',
    help: 'show the event log',
    options: {
      follow: flag('-f, --follow', 'keep printing new events'),
      after: parsed('--after <seq>', 'only events after this number', count),
      limit: parsedOr('--limit <count>', 'how many, newest last', count, 100),
    },
    verb: 'events',
    input: wanted => wanted,
    // Events are printed as they arrive.
    render: () => '',
  }),
]
