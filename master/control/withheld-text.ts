import type { Problem } from '../../protocol/errors.ts'

/** Entries that do not apply to a minion, because it joined with a token for more ids than they cover. */
export interface Withheld {
  /** The id or pattern of the token. */
  readonly joinedAs: string
  /** Entries of inventory.yml. */
  readonly entries: readonly string[]
  /** Matches of pillar/top.yml; absent when there are none. */
  readonly matches?: readonly string[]
}

export interface WithWarnings {
  /**
   * Of these minions: what the files of the fleet say and was not applied (ENTRY_WITHHELD), and that they have no roles
   * (ROLES_MISSING). Absent: none.
   */
  readonly warnings?: readonly Problem[]
}

/** Explains why the entries do not apply. Pure. */
export function withheldText(id: string, { joinedAs, entries, matches = [] }: Withheld): string {
  const parts = [
    ...(entries.length === 0 ? [] : [`${namesOf(entries, 'entry', 'entries')} of inventory.yml`]),
    ...(matches.length === 0 ? [] : [`${namesOf(matches, 'match', 'matches')} of pillar/top.yml`]),
  ]
  const verb = entries.length + matches.length === 1 ? 'does' : 'do'
  return `${id} joined with a token for \`${joinedAs}\`, so ${parts.join(' and ')} ${verb} not apply to it`
}

function namesOf(names: readonly string[], one: string, several: string): string {
  return `the ${names.length === 1 ? one : several} ${names.map(name => `\`${name}\``).join(', ')}`
}
