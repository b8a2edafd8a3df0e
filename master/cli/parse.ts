import { Command, CommanderError } from 'commander'
import { AppError } from '../../protocol/errors.ts'
import type { Invocation } from './invocation.ts'
import { addVerbs } from './verbs.ts'

const EXAMPLES = `
Target words: role=db  level=staging  id=db*  os=debian  grain.arch=x64  and or not ( )
              side by side they mean \`and\`; a bare word is an id or a glob of ids; '*' is everybody

Examples:
  master minions
  master test role=db
  master apply role=db level=staging
  master join-token create --role db --level staging

Exit codes: 0 fine, 1 a state or run failed, 2 wrong use or compile error, 3 nobody matched,
            4 somebody was unreachable, 5 there would be changes (test --detailed-exitcode)
`

/** The words after `master`. Throws USAGE; help and version come back as text to say. Touches nothing. */
export function parseCommand(argv: readonly string[], version: string): Invocation {
  let found: Invocation | undefined
  let said = ''
  let complaint = ''
  const program = new Command('master')
  program
    .description('Keeps a fleet of virtual machines in the state that their roles ask for.')
    .version(version, '-V, --version', 'print the version')
    .option('--socket <path>', 'socket of the master (or SALTERN_SOCKET)')
    .option('--json', 'print the answer as JSON')
    .option('-q, --quiet', 'print no progress')
    .addHelpText('after', EXAMPLES)
    .helpCommand(false)
  addVerbs(program, invocation => {
    found = invocation
  })
  for (const command of withAll(program)) {
    command
      .exitOverride()
      .showSuggestionAfterError(true)
      .configureOutput({ writeOut: text => void (said += text), writeErr: text => void (complaint += text) })
  }
  if (argv.length === 0) return { kind: 'say', text: program.helpInformation() + EXAMPLES }
  try {
    program.parse([...argv], { from: 'user' })
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown
    if (said !== '') return { kind: 'say', text: said }
    throw usage(complaint === '' || complaint.startsWith('Usage') ? 'a word is missing' : complaint, argv)
  }
  if (found !== undefined) return found
  throw usage('a word is missing', argv)
}

function withAll(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withAll)]
}

function usage(complaint: string, argv: readonly string[]): AppError {
  const [first = '', ...rest] = complaint
    .replace(/^error: /, '')
    .trim()
    .split('\n')
  const verb = argv.find(word => /^[a-z][a-z-]*$/.test(word))
  const near = rest.join(' ').replace(/^\(|\)$/g, '')
  return new AppError({
    code: 'USAGE',
    message: first,
    hint: near === '' ? `See \`master ${verb === undefined ? '' : `${verb} `}--help\`.` : near,
  })
}
