import { exitOfPing } from '../exit-codes.ts'
import { renderMinions, renderPing } from '../render/lists.ts'
import { defineCommand } from './define.ts'
import { maybeTarget, target } from './options.ts'

/** The commands about which minions there are. */
export const minionCommands = [
  defineCommand({
    words: 'ping',
    help: 'check which minions are online',
    arguments: { target: target() },
    verb: 'ping',
    input: wanted => wanted,
    render: ({ answers }, style) => answers.map(answer => renderPing(answer, style)).join(''),
    exitCode: ({ answers }) => exitOfPing(answers),
  }),
  defineCommand({
    words: 'minions',
    help: 'list minions: online or offline, level, roles',
    arguments: { target: maybeTarget() },
    verb: 'minions',
    input: wanted => wanted,
    render: ({ minions }, style) => renderMinions(minions, style),
  }),
]
