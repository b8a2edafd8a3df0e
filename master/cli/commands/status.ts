import { renderStatus } from '../render/lists.ts'
import { renderOverview } from '../render/overview.ts'
import { safe } from '../render/style.ts'
import { renderTable } from '../render/table.ts'
import { defineCommand } from './define.ts'

/** Commands that show the state of the master and its fleet. */
export const statusCommands = [
  defineCommand({
    words: 'status',
    help: 'show master status and the fingerprint of the fleet root',
    verb: 'status',
    input: () => ({}),
    render: renderStatus,
  }),
  defineCommand({
    words: 'overview',
    help: 'show the fleet at a glance: levels, offline minions, pending keys, recent failures',
    verb: 'overview',
    input: () => ({}),
    render: renderOverview,
  }),
  defineCommand({
    words: 'whoami',
    help: 'show who you are to the master, and what you may do on which minions',
    verb: 'whoami',
    input: () => ({}),
    render: ({ operator, everywhere, somewhere }, style) => {
      const rows = somewhere.map(({ verb, minions }) => [verb, minions.join(', ') || 'no minion that has joined'])
      const partly = renderTable(['verb', 'minions'], rows, style)
      return `you are ${safe(operator)}\neverywhere: ${safe(everywhere.join(', '))}\n${partly}`
    },
  }),
]
