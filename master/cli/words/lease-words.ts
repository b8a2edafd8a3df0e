import type { Command } from 'commander'
import type { Call } from '../invocation.ts'

/** The words about what minions hold. */
export function addLeases(program: Command, call: (command: Command, call: Call) => void): void {
  const lease = program.command('lease').description('see what minions hold that no two may have; release it')
  lease
    .command('list', { isDefault: true })
    .description('list numbers and networks by role, and roles that one minion of a level has')
    .action((_, command: Command) => call(command, { verb: 'lease-list', input: {} }))
  lease
    .command('release <lease> <minion>')
    .description('take it away: it may be given to another one from now on')
    .action((name: string, minion: string, _, command: Command) => {
      call(command, { verb: 'lease-release', input: { lease: name, minion } })
    })
}
