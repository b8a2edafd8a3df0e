import { type GrainName, isGrainName } from '../../../protocol/grain-names.ts'
import { exitOfPing } from '../exit-codes.ts'
import { renderGrains } from '../render/grains.ts'
import { renderPing } from '../render/lists.ts'
import { MINIONS, renderMinions } from '../render/minions.ts'
import { defineCommand } from './define.ts'
import { maybeTarget, target, texts } from './options.ts'

const GRAINS_HELP = `
  master grains web1
  master grains role=web osrelease
`

/** Commands for minions. */
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
    help: 'list minions: online or offline, level, roles, address, version, last run, drift',
    arguments: { target: maybeTarget() },
    verb: 'minions',
    input: wanted => wanted,
    table: MINIONS,
    render: ({ minions }, style, { table }) => renderMinions(minions, style, table),
  }),
  defineCommand({
    words: 'grains',
    usage: '[options] <target...> [key]',
    help: 'show what minions report about themselves; with a key, that one fact',
    arguments: { words: texts('<target...>') },
    more: GRAINS_HELP,
    verb: 'grains',
    input: ({ words }) => splitKey(words),
    render: renderGrains,
  }),
]

/** The last word is a key when it names a grain and is not the only one. Pure. */
function splitKey(words: readonly string[]): { readonly target: string; readonly key?: GrainName } {
  const last = words.at(-1) ?? ''
  if (words.length < 2 || !isGrainName(last)) return { target: words.join(' ') }
  return { target: words.slice(0, -1).join(' '), key: last }
}
