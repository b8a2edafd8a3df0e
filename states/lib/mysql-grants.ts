import { quoteName } from './mysql-quote.ts'

/** Privileges of one account at one level. */
export interface Grants {
  /** In upper case as in SHOW GRANTS, sorted; `ALL PRIVILEGES` is never combined with others. */
  readonly privileges: readonly string[]
  readonly grantOption: boolean
}

/** Aliases of the names in SHOW GRANTS. */
const ALIASES: { readonly [words: string]: string } = {
  ALL: 'ALL PRIVILEGES',
  'REPLICATION CLIENT': 'BINLOG MONITOR',
  'REPLICATION REPLICA': 'REPLICATION SLAVE',
  'REPLICATION REPLICA ADMIN': 'REPLICATION SLAVE ADMIN',
  'REPLICA MONITOR': 'SLAVE MONITOR',
  'DELETE VERSIONING ROWS': 'DELETE HISTORY',
}

/** Normalizes privileges to the names in SHOW GRANTS. Pure. */
export function normalPrivileges(words: readonly string[]): readonly string[] {
  const split = words.flatMap(word => word.split(','))
  const names = split.map(word => word.trim().replace(/\s+/g, ' ').toUpperCase()).filter(word => word !== '')
  const known = [...new Set(names.map(name => ALIASES[name] ?? name))].filter(name => name !== 'USAGE').sort()
  return known.includes('ALL PRIVILEGES') ? ['ALL PRIVILEGES'] : known
}

/** Quotes `*.*`, `app.*` or `app.table`. Pure. */
export function quoteLevel(level: string): string {
  const [database = '', table = ''] = splitLevel(level)
  return `${database === '*' ? '*' : quoteName(database)}.${table === '*' ? '*' : quoteName(table)}`
}

/** Extracts the privileges at one level from the lines of SHOW GRANTS. Roles, proxies and column privileges are ignored. Pure. */
export function grantsAt(lines: readonly string[], level: string): Grants {
  const privileges: string[] = []
  let grantOption = false
  for (const line of lines) {
    const match = /^GRANT (.+?) ON (.+?) TO /.exec(line)
    if (match === null || match[2] !== quoteLevel(level)) continue
    const words = (match[1] ?? '').split(', ')
    if (words.some(word => word.includes('(') || word === 'PROXY')) continue
    privileges.push(...words)
    grantOption ||= / WITH (?:.* )?GRANT OPTION/.test(line)
  }
  return { privileges: normalPrivileges(privileges), grantOption }
}

/**
 * Builds the statements that change the privileges at a level to exactly the wanted ones. Missing privileges are granted before
 * surplus ones are revoked, so that an account in use keeps working; this is impossible only when it has ALL. Pure.
 */
export function grantStatements(account: string, level: string, wanted: Grants, now: Grants): readonly string[] {
  const on = `ON ${quoteLevel(level)}`
  const statements: string[] = []
  const all = now.privileges.includes('ALL PRIVILEGES')
  const missing = wanted.privileges.filter(privilege => !now.privileges.includes(privilege))
  const surplus = now.privileges.filter(privilege => !wanted.privileges.includes(privilege))
  const wantsAll = wanted.privileges.includes('ALL PRIVILEGES')
  if (all && !wantsAll) statements.push(`REVOKE ALL PRIVILEGES ${on} FROM ${account}`)
  if (missing.length > 0 || (wanted.grantOption && !now.grantOption)) {
    const granted = missing.length > 0 ? missing.join(', ') : 'USAGE'
    statements.push(`GRANT ${granted} ${on} TO ${account}${wanted.grantOption ? ' WITH GRANT OPTION' : ''}`)
  }
  if (!all && !wantsAll && surplus.length > 0) {
    statements.push(`REVOKE ${surplus.join(', ')} ${on} FROM ${account}`)
  }
  if (now.grantOption && !wanted.grantOption) statements.push(`REVOKE GRANT OPTION ${on} FROM ${account}`)
  return statements
}

function splitLevel(level: string): readonly string[] {
  const dot = level.indexOf('.')
  return [level.slice(0, dot), level.slice(dot + 1)]
}
