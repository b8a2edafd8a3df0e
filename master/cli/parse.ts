import { type Command, CommanderError } from 'commander'
import { AppError } from '../../protocol/errors.ts'
import type { Invocation } from './invocation.ts'
import { createProgram, EXAMPLES } from './program.ts'
import { hintForWord, type TypedWord } from './words-of-others.ts'

/** Parses the words after `master`. Throws USAGE; help and version are returned as text to print. Has no side effects. */
export function parseCommand(argv: readonly string[], version: string): Invocation {
  let found: Invocation | undefined
  let said = ''
  let complaint = ''
  const program = createProgram(
    version,
    invocation => {
      found = invocation
    },
    argv[0],
  )
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
    throw usage(complaint === '' || complaint.startsWith('Usage') ? 'an argument is missing' : complaint, argv, program)
  }
  if (found !== undefined) return found
  throw usage('an argument is missing', argv, program)
}

function withAll(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withAll)]
}

function usage(complaint: string, argv: readonly string[], program: Command): AppError {
  const [first = '', ...rest] = complaint
    .replace(/^error: /, '')
    .trim()
    .split('\n')
  const unknown = foreignIn(first)
  const near = rest
    .join(' ')
    .replace(/^\(|\)$/g, '')
    .replace(/^Did you mean (.+)\?$/, 'Did you mean `$1`?')
  const known = knownWords(program, argv)
  const help = `See \`${['master', ...known, '--help'].join(' ')}\`.`
  return new AppError({
    code: 'USAGE',
    message: first,
    hint: hintForWord(typedWord(unknown, known[0], argv)) ?? (near === '' ? help : near),
  })
}

/** Finds the word that commander does not know, or that lacks a value: `--diff` takes none in Ansible. */
function foreignIn(complaint: string): string {
  const [, unknown] = /^unknown (?:option|command) '([^']+)'/.exec(complaint) ?? []
  const [, diff] = /^option '(--diff) [^']*' argument/.exec(complaint) ?? []
  return unknown ?? diff ?? ''
}

/** Returns the word with the arguments that follow it. */
function typedWord(unknown: string, verb: string | undefined, argv: readonly string[]): TypedWord {
  const isOption = unknown.startsWith('-')
  const split = isOption ? unknown.indexOf('=') : -1
  if (split > 0) return { word: unknown.slice(0, split), verb, rest: [unknown.slice(split + 1)] }
  const at = argv.indexOf(unknown)
  return { word: unknown, verb, rest: at < 0 ? [] : argv.slice(at + 1) }
}

/** The leading words that name a command, so that a hint never names one that does not exist. Skips options before them. */
function knownWords(command: Command, argv: readonly string[]): readonly string[] {
  const first = argv.findIndex((word, index) => !word.startsWith('-') && !takesValue(command, argv[index - 1]))
  const found = command.commands.find(one => one.name() === argv[first])
  return found === undefined ? [] : [found.name(), ...knownWords(found, argv.slice(first + 1))]
}

/** True for an option whose value is the next word. */
function takesValue(command: Command, word: string | undefined): boolean {
  if (word === undefined) return false
  return command.options.some(({ short, long, required }) => required && (word === short || word === long))
}
