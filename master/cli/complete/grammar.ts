import type { Command, Option } from 'commander'

/** Grammar of a verb, for completion and the shell. */
export interface VerbWords {
  readonly name: string
  readonly summary: string
  /** For example `target` or `minion`; the name selects its completion. */
  readonly takes: readonly { readonly name: string; readonly variadic: boolean; readonly required: boolean }[]
  /** True when the words of a program follow `--`. */
  readonly runs: boolean
  readonly options: readonly OptionWords[]
  readonly verbs: readonly VerbWords[]
}

export interface OptionWords {
  /** For example `-f` and `--follow`. */
  readonly names: readonly string[]
  /** Name of its value; undefined when it takes none. */
  readonly value: string | undefined
  /** Takes words until the next option. */
  readonly variadic: boolean
  /** Its possible values; absent: any. Of `--columns`, those of a list. */
  readonly choices?: readonly string[]
}

/** Reads the grammar from the parser, so it is defined only once. Hidden verbs are left out. Pure. */
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
    // Commander's `help` command only repeats `--help`.
    verbs: help
      .visibleCommands(command)
      .filter(one => one.name() !== 'help')
      .map(grammarOf),
  }
}

const HELP: OptionWords = { names: ['-h', '--help'], value: undefined, variadic: false }

function optionWords({ short, long, flags, variadic, argChoices }: Option): OptionWords {
  const names = [short, long].filter(name => name !== undefined && name !== null)
  const [, value] = /[<[]([^>\].]+)/.exec(flags) ?? []
  return { names, value, variadic, ...(argChoices === undefined ? {} : { choices: argChoices }) }
}
