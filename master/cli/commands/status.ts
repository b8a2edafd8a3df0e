import { renderOverview } from '../render/overview.ts'
import { renderStatus } from '../render/status.ts'
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
]
