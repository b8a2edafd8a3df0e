import { renderStatus } from '../render/lists.ts'
import { renderOverview } from '../render/overview.ts'
import { defineCommand } from './define.ts'

/** The commands about the master and its fleet at a glance. */
export const statusCommands = [
  defineCommand({
    words: 'status',
    help: 'show how the master is, and the fingerprint of the fleet root',
    verb: 'status',
    input: () => ({}),
    render: renderStatus,
  }),
  defineCommand({
    words: 'overview',
    help: 'show the fleet at a glance: levels, who is away, keys that wait, what failed last',
    verb: 'overview',
    input: () => ({}),
    render: renderOverview,
  }),
]
