import type { Command } from 'commander'
import type { Call } from '../invocation.ts'

/** The words about the addresses of minions. */
export function addAddresses(program: Command, call: (command: Command, call: Call) => void): void {
  const address = program.command('address').description('list and release the trusted addresses of minions')
  address
    .command('list', { isDefault: true })
    .description('list which minion holds which address, and which were refused')
    .action((_, command: Command) => call(command, { verb: 'address-list', input: {} }))
  address
    .command('release <id-or-address>')
    .description('release an address, or all of a minion; the next minion that connects from there gets it')
    .action((of: string, _, command: Command) => call(command, { verb: 'address-release', input: { of } }))
}
