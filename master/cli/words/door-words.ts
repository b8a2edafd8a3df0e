import { Argument, type Command } from 'commander'
import { COMPLETION_SCRIPTS, isCompletedShell } from '../complete/scripts.ts'
import type { Call, Invocation } from '../invocation.ts'

interface Deps {
  readonly found: (invocation: Invocation) => void
  readonly call: (command: Command, call: Call) => void
  readonly socketOf: (command: Command) => string | undefined
}

/** The words about the doors themselves: the shell, its banner, completion. */
export function addDoors(program: Command, { found, call, socketOf }: Deps): void {
  program
    .command('overview')
    .description('show the fleet at a glance: levels, who is away, keys that wait, what failed last')
    .action((_, command: Command) => call(command, { verb: 'overview', input: {} }))
  program
    .command('shell')
    .description('open the shell of the jump box, also as a login shell')
    .option('-c <line>', 'do this line and end with its exit code')
    .option('-l, --login', 'taken and ignored: login programs say it')
    .action((options: { readonly c?: string }, command: Command) => {
      found({ kind: 'shell', line: options.c, socket: socketOf(command) })
    })
  program
    .command('completion')
    .description('print the completion of a shell: eval "$(master completion bash)"')
    .addArgument(new Argument('<shell>', 'bash or zsh').choices(Object.keys(COMPLETION_SCRIPTS)))
    .action((shell: string) => {
      if (isCompletedShell(shell)) found({ kind: 'say', text: COMPLETION_SCRIPTS[shell] })
    })
  program
    .command('complete <line>', { hidden: true })
    .action((line: string, _, command: Command) => found({ kind: 'complete', line, socket: socketOf(command) }))
}
