import { AppError } from '../../protocol/errors.ts'

/** Every form that some command can print its result in; each command has some of them. */
export const OUTPUT_FORMATS = ['text', 'json', 'ndjson', 'junit', 'markdown', 'github', 'html', 'csv'] as const
export type OutputFormat = (typeof OUTPUT_FORMATS)[number]

/** The form that was asked for: part of a view. */
interface Output {
  readonly output: OutputFormat
}

/** What a command without a verb of its own has, and one that only shows text. */
export const DATA_FORMATS = ['text', 'json', 'ndjson'] as const
export const TEXT_ONLY = ['text'] as const

/** True: programs read it. Pure. */
export function isData({ output }: Output): boolean {
  return output === 'json' || output === 'ndjson'
}

/** A result as data: whole and indented, or as the last line of an NDJSON stream. Pure. */
export function dataText(result: unknown, { output }: Output): string {
  return output === 'ndjson' ? line({ result }) : `${JSON.stringify(result, null, 2)}\n`
}

/** What comes while a verb works, as a line of an NDJSON stream. Pure. */
export function eventText(event: unknown): string {
  return line({ event })
}

/** What went wrong as data, in place of a result. Pure. */
export function problemsData(problems: unknown, { output }: Output): string {
  return output === 'ndjson' ? line({ problems }) : `${JSON.stringify({ problems }, null, 2)}\n`
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`
}

interface Wanted {
  /** `keys accept`. */
  readonly words: string
  readonly formats: readonly OutputFormat[]
  /** What was typed: the values of the options, absent ones undefined. */
  readonly typed: { readonly '--output': unknown; readonly '--format': unknown; readonly '--json': unknown }
}

/** The form that was asked for. Throws USAGE for one that this command does not have, and for two that differ. Pure. */
export function outputOf({ words, formats, typed }: Wanted): OutputFormat {
  const options = Object.entries({ ...typed, '--json': typed['--json'] === true ? 'json' : undefined })
  const [first, second] = options.flatMap(([option, value]) => (typeof value === 'string' ? [{ option, value }] : []))
  if (first === undefined) return 'text'
  if (second !== undefined && second.value !== first.value) {
    throw new AppError({
      code: 'USAGE',
      message: `\`${shown(first)}\` and \`${shown(second)}\` ask for two output formats`,
      hint: 'Type only `--output`.',
    })
  }
  const found = formats.find(format => format === first.value)
  if (found !== undefined) return found
  const isPath = /[./]/.test(first.value) && formats.includes('html')
  throw new AppError({
    code: 'USAGE',
    message: `\`master ${words}\` has no output format \`${first.value}\`: expected ${formats.join(', ')}`,
    hint: isPath
      ? `To write the report to a file, type \`--file ${first.value}\`.`
      : formats.length === 1
        ? `Leave \`${first.option}\` out.`
        : `For example, type \`--output ${formats[1]}\`.`,
  })
}

function shown({ option, value }: { readonly option: string; readonly value: string }): string {
  return option === '--json' ? option : `${option} ${value}`
}

/** The form in which problems with the words themselves are shown, before any of these are understood. Pure. */
export function outputAsked(argv: readonly string[]): OutputFormat {
  const end = argv.indexOf('--')
  const words = end < 0 ? argv : argv.slice(0, end)
  if (words.includes('--json')) return 'json'
  const at = words.findLastIndex(word => /^(?:-o|--output)(?:=|$)/.test(word))
  const word = words[at] ?? ''
  const value = word.includes('=') ? word.slice(word.indexOf('=') + 1) : words[at + 1]
  return (at < 0 ? undefined : OUTPUT_FORMATS.find(format => format === value)) ?? 'text'
}
