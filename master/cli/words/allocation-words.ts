import type { Command } from 'commander'
import type { Call } from '../invocation.ts'

/** The commands about values that minions hold. */
export function addAllocations(program: Command, call: (command: Command, call: Call) => void): void {
  const allocation = program.command('allocation').description('list and release unique values allocated to minions')
  addBelow(allocation, call)
  const lease = program.command('lease', { hidden: true }).description('the old name of `master allocation`')
  addBelow(lease, (command, one) => call(command, { ...one, notice: RENAMED }))
}

const RENAMED = '`master lease` is now called `master allocation`; the old name still works.'

function addBelow(parent: Command, call: (command: Command, call: Call) => void): void {
  parent
    .command('list', { isDefault: true })
    .description('list numbers and networks by role, and the holders of singleton roles')
    .action((_, command: Command) => call(command, { verb: 'allocation-list', input: {} }))
  parent
    .command('release <allocation> <minion>')
    .description('release a value, so that another minion can get it')
    .action((name: string, minion: string, _, command: Command) => {
      call(command, { verb: 'allocation-release', input: { allocation: name, minion } })
    })
}
