/** A name in SQL: of a database, table or column. Pure. */
export function quoteName(name: string): string {
  refuseNul(name)
  return `\`${name.replaceAll('`', '``')}\``
}

/** A text in SQL, for a session whose `sql_mode` lacks NO_BACKSLASH_ESCAPES, as `sqlScript` makes it. Pure. */
export function quoteText(text: string): string {
  refuseNul(text)
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/** `'user'@'host'`. Pure. */
export function quoteAccount(user: string, host: string): string {
  return `${quoteText(user)}@${quoteText(host)}`
}

/**
 * Statements as the client reads them from standard input. The session is made the same everywhere: without
 * NO_AUTO_CREATE_USER a GRANT to a mistyped account would make one without a password. Pure.
 */
export function sqlScript(...statements: readonly string[]): string {
  const session = ['SET NAMES utf8mb4', "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_CREATE_USER'"]
  return [...session, ...statements].map(statement => `${statement};\n`).join('')
}

/** Rows of `--batch --skip-column-names`: tabs between columns, and `\t`, `\n`, `\\`, `\0` for what lies in them. Pure. */
export function parseRows(stdout: string): readonly (readonly string[])[] {
  // An empty line is a row: one column that holds an empty text.
  const lines = stdout.replace(/\n$/, '').split('\n')
  return stdout === '' ? [] : lines.map(line => line.split('\t').map(unescapeField))
}

/** The one row of `SHOW ...\G`, or undefined when there is none. Further lines of a value are left out. Pure. */
export function parseVertical(stdout: string): { readonly [column: string]: string } | undefined {
  const columns = stdout.split('\n').flatMap(line => {
    const match = /^\s*([A-Za-z_]+): ?(.*)$/.exec(line)
    return match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const]
  })
  return columns.length === 0 ? undefined : Object.fromEntries(columns)
}

function unescapeField(field: string): string {
  const plain: { readonly [mark: string]: string } = { t: '\t', n: '\n', '0': '\0', '\\': '\\' }
  return field.replace(/\\([tn0\\])/g, (_, mark: string) => plain[mark] ?? mark)
}

function refuseNul(text: string): void {
  if (text.includes('\0')) throw new TypeError('a text for SQL holds no NUL')
}
