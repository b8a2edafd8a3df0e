import { Command, Option } from 'commander'
import { SUPPORTED_VERSIONS } from '../../protocol/version.ts'
import { versionText } from '../../protocol/version-text.ts'
import { COMMANDS } from './commands/index.ts'
import type { Invocation } from './invocation.ts'
import { OUTPUT_FORMATS } from './output.ts'

export const EXAMPLES = `
Targets:      web1  web*  web1,web2  role=db  level=staging  os=debian  grain.arch=x64  and or not ( )
              a group of fleet.yml  online  offline  failed  outdated  @FILE  -
              ids side by side mean any of them, every other word narrows; '*' is all minions

Examples:
  master minions
  master test role=db
  master apply role=db level=staging
  master join-token create --role db --level staging

Exit codes: 0 success, 1 a state or run failed, 2 usage or compile error, 3 no minion matched,
            4 a minion was unreachable, 5 there would be changes (test --detailed-exitcode)
`

/**
 * Builds the commands below `master`, the single source for parsing, help and completion: all of them, or only those of the
 * first word, which takes a tenth of the time. For a first word that is no command, all of them.
 */
export function createProgram(version: string, found: (invocation: Invocation) => void, first?: string): Command {
  const program = new Command('master')
  program
    .description('Configuration management for fleets of virtual machines.')
    .version(
      `master ${versionText({ version, node: process.versions.node, protocol: SUPPORTED_VERSIONS })}`,
      '-V, --version',
      'print the versions of the master, of Node and of the wire protocol',
    )
    .option('--socket <path>', 'socket of the master (or SALTERN_SOCKET)')
    .addOption(outputOption())
    .option('--json', 'the same as --output json')
    .option('-q, --quiet', 'print no progress')
    .addHelpText('after', EXAMPLES)
    .helpCommand(false)
  const own = COMMANDS.filter(({ words }) => words.split(' ')[0] === first)
  for (const { words, add } of own.length > 0 ? own : COMMANDS) add(parentOf(program, words), found)
  return program
}

/** Which of these a command has is checked where the command is known, so that an error names those. */
function outputOption(): Option {
  const option = new Option(
    '-o, --output <format>',
    `output format: ${OUTPUT_FORMATS.join(', ')}; most verbs have the first three`,
  )
  return option.choices(OUTPUT_FORMATS).argParser(value => value)
}

/** Finds the parent of the command that the words name. */
function parentOf(program: Command, words: string): Command {
  const [above = '', below] = words.split(' ')
  const found = below === undefined ? program : program.commands.find(command => command.name() === above)
  if (found === undefined) throw new TypeError(`no command ${above} for ${words}`)
  return found
}
