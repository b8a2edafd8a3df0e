import { createHash } from 'node:crypto'
import { type MaybeSecret, revealText } from '../../protocol/secret.ts'
import { defineState } from '../define.ts'
import { flag, secretText, word } from '../kinds.ts'
import { lookAtMysql, mustNotBeReplica, runSql } from '../lib/mysql-client.ts'
import { quoteAccount, quoteText } from '../lib/mysql-quote.ts'
import { optional, withDefault } from '../params.ts'

interface Current {
  readonly exists: boolean
  readonly loginRight: boolean
  readonly tlsRight: boolean
  readonly replica: boolean
}

export const mysqlUserPresent = defineState({
  name: 'mysql_user.present',
  summary: 'Creates a MariaDB account. Declare it on the master only: replicas get it by replication.',
  nameKind: word('the name of an account, up to 80 characters', /^[^\0\n]{1,80}$/),
  params: {
    host: withDefault(
      word('a host, address or pattern', /^[^\0\n]{1,255}$/),
      'localhost',
      'Host that the account can connect from.',
    ),
    password: optional(secretText(), 'Password of the account; MariaDB receives only its hash.'),
    unix_socket: withDefault(
      flag(),
      false,
      'Let the system user with the same name log in over the socket without a password.',
    ),
    require_ssl: withDefault(flag(), false, 'Require TLS.'),
  },
  owns: ({ name, host }) => `mysql_user:${name}@${host}`,
  conflicts({ password, unix_socket }) {
    return (password === undefined) === unix_socket ? [] : ['give either `password` or `unix_socket: true`']
  },
  async read(system, { name, host, password, require_ssl }): Promise<Current> {
    const where = `User = ${quoteText(name)} AND Host = ${quoteText(host)}`
    const query = `SELECT plugin, authentication_string, ssl_type FROM mysql.user WHERE ${where}`
    const { rows, replica } = await lookAtMysql(system, query)
    const [plugin = '', hash = '', tls = ''] = rows[0] ?? []
    return {
      exists: rows.length > 0,
      loginRight: password === undefined ? plugin === 'unix_socket' : isNative(plugin) && hash === hashOf(password),
      // X509 and SPECIFIED require more than TLS and are never loosened here.
      tlsRight: require_ssl ? tls !== '' : tls === '',
      replica,
    }
  },
  plan({ name, host, password, require_ssl }, { exists, loginRight, tlsRight, replica }) {
    if (exists && loginRight && tlsRight) return []
    if (replica) throw mustNotBeReplica(`the account \`${name}\`@\`${host}\``)
    const login = password === undefined ? 'IDENTIFIED VIA unix_socket' : `IDENTIFIED BY PASSWORD '${hashOf(password)}'`
    const clauses = [
      ...(exists && loginRight ? [] : [login]),
      ...(exists && tlsRight ? [] : [`REQUIRE ${require_ssl ? 'SSL' : 'NONE'}`]),
    ]
    const statement = [exists ? 'ALTER USER' : 'CREATE USER', quoteAccount(name, host), ...clauses].join(' ')
    const changed = [...(loginRight ? [] : ['login']), ...(tlsRight ? [] : ['TLS'])].join(' and ')
    const summary = exists ? `change ${changed} of the account ${name}@${host}` : `create the account ${name}@${host}`
    return [runSql(summary, [statement], loginRight ? undefined : password)]
  },
})

/** The hash stored by mysql_native_password. Pure. */
function hashOf(password: MaybeSecret): string {
  const once = createHash('sha1').update(revealText(password)).digest()
  return `*${createHash('sha1').update(once).digest('hex').toUpperCase()}`
}

function isNative(plugin: string): boolean {
  return plugin === 'mysql_native_password' || plugin === ''
}
