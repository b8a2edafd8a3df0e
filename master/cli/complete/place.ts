import type { OptionWords, VerbWords } from './grammar.ts'

/** Position of the next word in a command line. */
export interface Place {
  /** Verbs from the program down to the last one named. */
  readonly path: readonly VerbWords[]
  /** Index of the word that named the last verb of the path; undefined when there is none. */
  readonly verbAt: number | undefined
  /** Indices of the words that are not verbs, options or option values. */
  readonly operands: readonly number[]
  /** The option whose value comes next. A variadic option can also be followed by something else. */
  readonly option: OptionWords | undefined
  /** Index of `--`; words after it are taken literally. */
  readonly dashes: number | undefined
}

/** Walks the words as far as the parser would. Pure. */
export function placeOf(words: readonly string[], program: VerbWords): Place {
  const path = [program]
  const operands: number[] = []
  let verbAt: number | undefined
  let option: OptionWords | undefined
  let dashes: number | undefined
  words.forEach((word, index) => {
    const verb = path.at(-1) ?? program
    if (dashes !== undefined) {
      operands.push(index)
    } else if (option !== undefined && !(option.variadic && word.startsWith('-'))) {
      if (!option.variadic) option = undefined
    } else if (word === '--') {
      option = undefined
      dashes = index
    } else if (word.startsWith('-') && word !== '-') {
      const found = optionNamed(path, word)
      option = found?.value === undefined || word.includes('=') ? undefined : found
    } else {
      const below = operands.length === 0 ? verb.verbs.find(({ name }) => name === word) : undefined
      if (below === undefined) operands.push(index)
      else {
        path.push(below)
        verbAt = index
      }
    }
  })
  return { path, verbAt, operands, option, dashes }
}

function optionNamed(path: readonly VerbWords[], word: string): OptionWords | undefined {
  const name = word.split('=')[0] ?? word
  return optionsAt(path).find(({ names }) => names.includes(name))
}

/** Lists the options that are valid after these verbs. Pure. */
export function optionsAt(path: readonly VerbWords[]): readonly OptionWords[] {
  // Among subcommands, `list` is the default: `audit --since 2h`.
  const unsaid = path.at(-1)?.verbs.find(({ name }) => name === 'list')
  return [...path, ...(unsaid === undefined ? [] : [unsaid])].flatMap(({ options }) => options)
}
