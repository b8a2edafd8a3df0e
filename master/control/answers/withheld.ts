/** A minion that joined by a token for more ids than these entries are for. */
export interface Withheld {
  /** The id or pattern of the token. */
  readonly joinedAs: string
  readonly entries: readonly string[]
}

/** Why they do not count. Pure. */
export function withheldText(id: string, { joinedAs, entries }: Withheld): string {
  const names = entries.map(entry => `\`${entry}\``).join(', ')
  const [some, verb] = entries.length === 1 ? ['the entry', 'does'] : ['the entries', 'do']
  return `${id} joined with a token for \`${joinedAs}\`, so ${some} ${names} of inventory.yml ${verb} not apply to it`
}
