import { AppError } from '../../../protocol/errors.ts'
import type { OutputFormat } from '../output.ts'
import type { TableWish } from '../render/table.ts'
import { flag, type Kind } from './options.ts'

/** What this file needs to know of a table. */
export type ColumnNames = readonly { readonly name: string }[]

/** Options of a command whose text is one table. */
export function tableOptions(table: ColumnNames) {
  const names = table.map(({ name }) => name)
  const columns: Kind<string | undefined> = {
    spec: '--columns <columns>',
    help: 'show these columns of the table, in this order, separated by commas',
    choices: names,
    // Checked together with the format, so that the error can name the command.
    parse: value => value,
    read: found => (typeof found === 'string' ? found : undefined),
  }
  return { wide: flag('--wide', 'show all columns of the table, without wrapping'), columns }
}

interface Typed {
  /** `keys list`. */
  readonly words: string
  readonly table: ColumnNames
  readonly output: OutputFormat
  readonly wide: unknown
  readonly columns: unknown
}

/** How the table was asked for. Throws USAGE for unknown columns, and for an output format without a table. Pure. */
export function tableWishOf({ words, table, output, wide, columns }: Typed): TableWish {
  const option = columns === undefined ? (wide === true ? '--wide' : undefined) : '--columns'
  if (option !== undefined && output !== 'text') {
    throw new AppError({
      code: 'USAGE',
      message: `\`${option}\` and \`--output ${output}\` cannot be combined: only text has a table`,
      hint: `Leave \`${option}\` out: ${output} has all fields.`,
    })
  }
  if (typeof columns !== 'string') return { wide: wide === true }
  return { wide: wide === true, columns: namesOf(words, table, columns) }
}

function namesOf(words: string, table: ColumnNames, typed: string): readonly string[] {
  const known = table.map(({ name }) => name)
  const names = typed.split(',').map(name => name.trim().toLowerCase())
  const unknown = names.filter(name => !known.includes(name))
  const twice = names.find((name, at) => names.indexOf(name) < at)
  if (unknown.length === 0 && twice === undefined) return names
  const found = unknown.map(name => `\`${name}\``).join(', ')
  throw new AppError({
    code: 'USAGE',
    message:
      unknown.length === 0
        ? `\`--columns ${typed}\` names the column \`${twice}\` twice`
        : `\`master ${words}\` has no column ${found}: expected ${known.join(', ')}`,
    hint: `For example, type \`--columns ${known.slice(0, 3).join(',')}\`.`,
  })
}
