import { AppError } from '../../protocol/errors.ts'
import { defineState } from '../define.ts'
import { flag, listOf, text, word } from '../kinds.ts'
import { lookAtMysql, type MysqlLook, mustNotBeReplica, runSql } from '../lib/mysql-client.ts'
import { grantStatements, grantsAt, normalPrivileges } from '../lib/mysql-grants.ts'
import { quoteAccount } from '../lib/mysql-quote.ts'
import { required, withDefault } from '../params.ts'

/** Error of SHOW GRANTS for an account that does not exist. */
const NO_SUCH_GRANT = 1141

const privilege = word('a privilege in words, such as `SELECT` or `REPLICATION SLAVE`', /^[A-Za-z][A-Za-z ,]*$/)

export const mysqlGrantsPresent = defineState({
  name: 'mysql_grants.present',
  summary: 'Sets the exact privileges of a MariaDB account on a database, a table or everything.',
  nameKind: text(),
  params: {
    grant: required(listOf(privilege), 'Privileges to grant. `ALL` grants every privilege except GRANT OPTION.'),
    database: required(
      word('`DATABASE.*`, `DATABASE.TABLE` or `*.*`', /^(\*\.\*|[^.*\s\0/]+\.(\*|[^.*\s\0/]+))$/),
      'Database or table. In a database name, `_` and `%` are wildcards unless escaped, as in `\\_`.',
    ),
    user: required(word('the name of an account', /^[^\0\n]{1,80}$/), 'User name of the account, which must exist.'),
    host: withDefault(word('a host, address or pattern', /^[^\0\n]{1,255}$/), 'localhost', 'Host part of the account.'),
    grant_option: withDefault(flag(), false, 'Allow the account to grant its privileges to others.'),
  },
  owns: ({ user, host, database }) => `mysql_grants:${user}@${host}:${database}`,
  read(system, { user, host }): Promise<MysqlLook> {
    return lookAtMysql(system, `SHOW GRANTS FOR ${quoteAccount(user, host)}`, NO_SUCH_GRANT)
  },
  plan({ grant, database, user, host, grant_option }, { rows, replica }) {
    if (rows.length === 0) throw accountMissing(user, host)
    const now = grantsAt(
      rows.map(([line = '']) => line),
      database,
    )
    const wanted = { privileges: normalPrivileges(grant), grantOption: grant_option }
    const statements = grantStatements(quoteAccount(user, host), database, wanted, now)
    if (statements.length === 0) return []
    if (replica) throw mustNotBeReplica(`the privileges of \`${user}\`@\`${host}\``)
    const list = wanted.privileges.length === 0 ? 'nothing' : wanted.privileges.join(', ')
    return [runSql(`grant ${list} on ${database} to ${user}@${host}`, statements)]
  },
})

function accountMissing(user: string, host: string): AppError {
  return new AppError({
    code: 'MYSQL_ACCOUNT_MISSING',
    message: `\`${user}\`@\`${host}\` must have privileges, but there is no such account`,
    hint: `Declare it with \`mysql_user.present: {name: ${user}, host: '${host}', ...}\` and require that.`,
  })
}
