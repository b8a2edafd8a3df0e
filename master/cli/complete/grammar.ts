import type { Command, Option } from 'commander'

/** What can be typed after a verb, as completion and the shell need it. */
export interface VerbWords {
  readonly name: string
  readonly summary: string
  /** For example `target`, `minion`: by its name it is known what completes it. */
  readonly takes: readonly { readonly name: string; readonly variadic: boolean; readonly required: boolean }[]
  /** True: the words of a program follow `--`. */
  readonly runs: boolean
  readonly options: readonly OptionWords[]
  readonly verbs: readonly VerbWords[]
}

export interface OptionWords {
  /** `-f`, `--follow`. */
  readonly names: readonly string[]
  /** Name of its value; undefined: it has none. */
  readonly value: string | undefined
  /** It takes words until the next option. */
  readonly variadic: boolean
}

/** The words of a program, read from what parses them: nothing is listed twice. Hidden verbs are left out. Pure. */
export function grammarOf(command: Command): VerbWords {
  const help = command.createHelp()
  return {
    name: command.name(),
    summary: command.description(),
    takes: command.registeredArguments.map(one => ({
      name: one.name(),
      variadic: one.variadic,
      required: one.required,
    })),
    runs: command.usage().includes(' -- '),
    options: [...command.options.filter(({ hidden }) => !hidden).map(optionWords), HELP],
    // The `help` that commander adds says no more than `--help`.
    verbs: help
      .visibleCommands(command)
      .filter(one => one.name() !== 'help')
      .map(grammarOf),
  }
}

const HELP: OptionWords = { names: ['-h', '--help'], value: undefined, variadic: false }

function optionWords({ short, long, flags, variadic }: Option): OptionWords {
  const names = [short, long].filter(name => name !== undefined && name !== null)
  const [, value] = /[<[]([^>\].]+)/.exec(flags) ?? []
  return { names, value, variadic }
}
