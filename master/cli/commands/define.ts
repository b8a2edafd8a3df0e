import { Argument, Command, Option } from 'commander'
import type { InputOf, ResultOf, VerbName } from '../../verbs/index.ts'
import type { ExitCode } from '../exit-codes.ts'
import type { Call, Invocation, View } from '../invocation.ts'
import { DATA_FORMATS, type OutputFormat, outputOf, TEXT_ONLY } from '../output.ts'
import type { Style } from '../render/style.ts'
import type { Kinds, ValuesOf } from './options.ts'
import { showWishOf } from './show-options.ts'
import { type ColumnNames, tableOptions, tableWishOf } from './table-options.ts'

/** How to show the result of a verb, and which exit code it gives. */
export interface Answer<Verb extends VerbName = VerbName> {
  readonly verb: Verb
  /** Renders stdout. Pure, except that it may load a library. */
  render(result: ResultOf<Verb>, style: Style, view: View, exit: ExitCode): string | Promise<string>
  /** Default: always 0. */
  exitCode?(result: ResultOf<Verb>, view: View): ExitCode
  /** Hints for stderr that are not part of the result. */
  aside?(result: ResultOf<Verb>): string
  /** Further output formats, besides text, json and ndjson. Pure, but for a library that they load. */
  readonly formats?: { readonly [format in OutputFormat]?: (result: ResultOf<Verb>) => string | Promise<string> }
}

/** An answer for a verb that is not known statically. */
export interface AnyAnswer {
  readonly verb: VerbName
  render(result: never, style: Style, view: View, exit: ExitCode): string | Promise<string>
  exitCode?(result: never, view: View): ExitCode
  aside?(result: never): string
  readonly formats?: { readonly [format in OutputFormat]?: (result: never) => string | Promise<string> }
}

/** The command line, apart from the command's own arguments and options. */
export interface Typed {
  readonly view: View
  readonly socket: string | undefined
  /** All words as typed. */
  readonly raw: readonly string[]
}

/** One command below `master`, as used by help, completion, docs and the parser. */
export interface CommandDefinition {
  /** For example `keys accept`: the last word is its name, the words before it are its parents. */
  readonly words: string
  readonly help: string
  readonly hidden: boolean
  readonly answers: readonly AnyAnswer[]
  /** What `--output` can be; none for a word that only has commands below it. */
  readonly formats: readonly OutputFormat[]
  /** Adds the command to its parent. */
  readonly add: (parent: Command, found: (invocation: Invocation) => void) => void
}

interface Shape<Arguments extends Kinds, Options extends Kinds> {
  readonly words: string
  readonly help: string
  readonly arguments?: Arguments
  readonly options?: Options
  /** The table that the text of the result is; gives the command `--wide` and `--columns`. */
  readonly table?: ColumnNames
  /** Replaces the usage generated from arguments and options. */
  readonly usage?: string
  /** Appended to the output of `--help`. */
  readonly more?: string
  /** Runs when the parent is called without a subcommand. */
  readonly isDefault?: true
  /** Left out of help and completion: for programs and deprecated names. */
  readonly hidden?: true
}

type Given<Arguments extends Kinds, Options extends Kinds> = ValuesOf<Arguments> & ValuesOf<Options>

interface VerbCommand<Verb extends VerbName, Arguments extends Kinds, Options extends Kinds>
  extends Shape<Arguments, Options>,
    Answer<Verb> {
  input(given: Given<Arguments, Options>, view: View): InputOf<Verb>
  /** Printed to stderr before the verb is called. */
  readonly notice?: string
}

interface LocalCommand<Arguments extends Kinds, Options extends Kinds> extends Shape<Arguments, Options> {
  readonly answers?: readonly AnyAnswer[]
  /** What `--output` can be; absent: what its answers have. */
  readonly outputs?: readonly OutputFormat[]
  /** Throws USAGE for invalid combinations of words. */
  invocation(given: Given<Arguments, Options>, typed: Typed): Invocation
}

/** Defines a command that calls one verb and shows its result. */
export function defineCommand<
  Verb extends VerbName,
  Arguments extends Kinds = Record<never, never>,
  Options extends Kinds = Record<never, never>,
>(command: VerbCommand<Verb, Arguments, Options>): CommandDefinition {
  const { verb, notice } = command
  return defineLocal<Arguments, Options>({
    ...command,
    answers: [command],
    invocation: (given, typed) => {
      const call = { verb, input: command.input(given, typed.view), ...(notice === undefined ? {} : { notice }) }
      return calling(call as unknown as Call, typed)
    },
  })
}

/** Defines a command with an invocation of its own, because it does more than call one verb. */
export function defineLocal<
  Arguments extends Kinds = Record<never, never>,
  Options extends Kinds = Record<never, never>,
>(command: LocalCommand<Arguments, Options>): CommandDefinition {
  const { words, help, answers = [], arguments: args = {} as Arguments, options = {} as Options, table } = command
  const formats = command.outputs ?? formatsOf(answers)
  const add: CommandDefinition['add'] = (parent, found) => {
    const self = childOf(parent, command)
    for (const { spec, help: about, choices } of Object.values(args)) {
      const argument = new Argument(spec, about)
      self.addArgument(choices === undefined ? argument : argument.choices([...choices]))
    }
    const flags = Object.entries(options).map(([name, kind]) => ({ name, kind, option: optionOf(kind) }))
    for (const { option } of flags) self.addOption(option)
    for (const kind of table === undefined ? [] : Object.values(tableOptions(table))) self.addOption(optionOf(kind))
    if (command.usage !== undefined) self.usage(command.usage)
    if (command.more !== undefined) self.addHelpText('after', command.more)
    self.action(() => {
      const all = self.optsWithGlobals<{ readonly [name: string]: unknown }>()
      const values = {
        ...Object.fromEntries(
          Object.entries(args).map(([name, kind], at) => [name, kind.read(self.processedArgs[at])]),
        ),
        ...Object.fromEntries(flags.map(({ name, kind, option }) => [name, kind.read(all[option.attributeName()])])),
      }
      found(command.invocation(values as Given<Arguments, Options>, typedOf(self, words, formats, table)))
    })
  }
  return { words, help, hidden: command.hidden === true, answers, formats, add }
}

/** Defines a command that only has subcommands. */
export function defineGroup(
  words: string,
  help: string,
  { hidden }: { readonly hidden?: true } = {},
): CommandDefinition {
  const group = { words, help, ...(hidden === undefined ? {} : { hidden }) }
  return { words, help, hidden: hidden === true, answers: [], formats: [], add: parent => void childOf(parent, group) }
}

/** Defines how to show the result of a verb that has no command of its own. */
export function defineAnswer<Verb extends VerbName>(answer: Answer<Verb>): AnyAnswer {
  return answer
}

/** Creates an invocation that calls one verb. */
export function calling(call: Call, { view, socket }: Typed): Invocation {
  return { kind: 'call', call, view, socket }
}

function childOf(parent: Command, { words, help, hidden, isDefault }: Shape<Kinds, Kinds>): Command {
  const self = new Command(words.split(' ').at(-1)).copyInheritedSettings(parent).description(help)
  parent.addCommand(self, { hidden: hidden === true, isDefault: isDefault === true })
  return self
}

function optionOf({ spec, help, parse, initial, choices }: Kinds[string]): Option {
  const option = new Option(spec, help)
  if (choices !== undefined) option.choices([...choices])
  if (parse !== undefined) option.argParser(parse as (value: string, before: unknown) => unknown)
  return initial === undefined ? option : option.default(initial)
}

/** Every result is data too. */
function formatsOf(answers: readonly AnyAnswer[]): readonly OutputFormat[] {
  if (answers.length === 0) return TEXT_ONLY
  const more = answers.flatMap(({ formats = {} }) => Object.keys(formats) as OutputFormat[])
  return [...new Set([...DATA_FORMATS, ...more])]
}

function typedOf(
  command: Command,
  words: string,
  formats: readonly OutputFormat[],
  table: ColumnNames | undefined,
): Typed {
  const all = command.optsWithGlobals<{ readonly [name: string]: unknown }>()
  let top = command
  while (top.parent !== null) top = top.parent
  const { rawArgs } = top as Command & { readonly rawArgs: readonly string[] }
  const output = outputOf({
    words,
    formats,
    typed: { '--output': all['output'], '--format': all['format'], '--json': all['json'] },
  })
  const { wide, columns } = all
  return {
    view: {
      output,
      detailed: all['detailedExitcode'] === true,
      quiet: all['quiet'] === true,
      show: showWishOf(all),
      ...(table === undefined ? {} : { table: tableWishOf({ words, table, output, wide, columns }) }),
    },
    socket: typeof all['socket'] === 'string' ? all['socket'] : undefined,
    raw: rawArgs,
  }
}
