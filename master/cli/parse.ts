import { type Command, CommanderError } from 'commander'
import { AppError } from '../../protocol/errors.ts'
import type { Invocation } from './invocation.ts'
import { createProgram, EXAMPLES } from './program.ts'

/** The words after `master`. Throws USAGE; help and version come back as text to say. Touches nothing. */
export function parseCommand(argv: readonly string[], version: string): Invocation {
  let found: Invocation | undefined
  let said = ''
  let complaint = ''
  const program = createProgram(version, invocation => {
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
