/** Quotes the name of a database, table or column for SQL. Pure. */
export function quoteName(name: string): string {
  refuseNul(name)
  return `\`${name.replaceAll('`', '``')}\``
}

/** Quotes a text for SQL, for a session without NO_BACKSLASH_ESCAPES in `sql_mode`, as set by `sqlScript`. Pure. */
export function quoteText(text: string): string {
  refuseNul(text)
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/** Formats `'user'@'host'`. Pure. */
export function quoteAccount(user: string, host: string): string {
  return `${quoteText(user)}@${quoteText(host)}`
}

/**
 * Builds a script for the client's stdin. Session settings are the same everywhere: without NO_AUTO_CREATE_USER, a GRANT to a
 * mistyped account would create one without a password. Pure.
 */
export function sqlScript(...statements: readonly string[]): string {
  const session = ['SET NAMES utf8mb4', "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_CREATE_USER'"]
  return [...session, ...statements].map(statement => `${statement};\n`).join('')
}

/**
 * Parses rows of `--batch --skip-column-names`: tabs separate columns, and special characters inside them are escaped with a
 * backslash. Pure.
 */
export function parseRows(stdout: string): readonly (readonly string[])[] {
  // An empty line is a row with one column that contains an empty text.
  const lines = stdout.replace(/\n$/, '').split('\n')
  return stdout === '' ? [] : lines.map(line => line.split('\t').map(unescapeField))
}

/** Parses the single row of `SHOW ...\G`; undefined when there is none. Only the first line of a value is kept. Pure. */
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
