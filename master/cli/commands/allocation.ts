import { ALLOCATIONS, renderAllocations } from '../render/allocation.ts'
import { safe } from '../render/style.ts'
import { type CommandDefinition, defineCommand, defineGroup } from './define.ts'
import { one } from './options.ts'

const RENAMED = { notice: '`master lease` is now called `master allocation`; the old name still works.' }

/** Commands for unique values allocated to minions. */
export const allocationCommands = [
  defineGroup('allocation', 'list and release unique values allocated to minions'),
  ...below('allocation', {}),
  defineGroup('lease', 'the old name of `master allocation`', { hidden: true }),
  ...below('lease', RENAMED),
]

function below(parent: string, notice: Partial<typeof RENAMED>): readonly CommandDefinition[] {
  return [
    defineCommand({
      ...notice,
      words: `${parent} list`,
      isDefault: true,
      help: 'list numbers and networks by role, and the holders of singleton roles',
      verb: 'allocation-list',
      input: () => ({}),
      table: ALLOCATIONS,
      render: ({ allocations }, style, { table }) => renderAllocations(allocations, style, table),
    }),
    defineCommand({
      ...notice,
      words: `${parent} release`,
      help: 'release a value, so that another minion can get it',
      arguments: { allocation: one('<allocation>'), minion: one('<minion>') },
      verb: 'allocation-release',
      input: ({ allocation, minion }) => ({ allocation, minion }),
      render: ({ allocation, minion }) => `${safe(minion)} no longer holds ${safe(allocation)}\n`,
    }),
  ]
}
