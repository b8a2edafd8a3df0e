import { exitOfDoctor } from '../exit-codes.ts'
import { renderDoctor } from '../render/doctor.ts'
import { renderOverview } from '../render/overview.ts'
import { renderStatus } from '../render/status.ts'
import { defineAnswer, defineCommand, defineLocal } from './define.ts'
import { given, text } from './options.ts'

/** Commands that show the state of the master and its fleet. */
export const statusCommands = [
  defineCommand({
    words: 'status',
    help: 'show master status and the fingerprint of the fleet root',
    verb: 'status',
    input: () => ({}),
    render: renderStatus,
  }),
  defineLocal({
    words: 'doctor',
    help: 'check installation, state, disk, clock, DNS, certificates and versions; say what to type',
    options: {
      fleet: text('--fleet <directory>', 'fleet directory (or SALTERN_FLEET)'),
      state: text('--state <directory>', 'state directory (or SALTERN_STATE)'),
    },
    answers: [defineAnswer({ verb: 'doctor', render: renderDoctor, exitCode: exitOfDoctor })],
    invocation: ({ fleet, state }, { view, socket }) => {
      return { kind: 'doctor', flags: given({ fleet, state }), view, socket }
    },
  }),
  defineCommand({
    words: 'overview',
    help: 'show the fleet at a glance: levels, offline minions, pending keys, recent failures',
    verb: 'overview',
    input: () => ({}),
    render: renderOverview,
  }),
]
