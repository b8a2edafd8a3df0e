import { AppError } from '../../protocol/errors.ts'
import { revealText } from '../../protocol/secret.ts'
import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { absolutePath, integer, secretText, text, word } from '../kinds.ts'
import { lookAtReplica, mysqlRows, runSql } from '../lib/mysql-client.ts'
import { quoteText } from '../lib/mysql-quote.ts'
import {
  type Gtid,
  gtidText,
  isStarting,
  isWorking,
  ownTransactions,
  parseGtids,
  type ReplicaStatus,
  replicaStatus,
} from '../lib/mysql-replication.ts'
import { type ParamValues, required, withDefault } from '../params.ts'
import type { SystemReader } from '../system.ts'

const PARAMS = {
  master_host: required(word('a host name or address', /^[A-Za-z0-9.:-]{1,255}$/), 'Name or address of the master.'),
  master_port: withDefault(integer(1, 65_535), 3306, 'Its port.'),
  master_user: required(word('the name of an account', /^[^\0\n]{1,80}$/), 'Account on the master.'),
  master_password: required(secretText(), 'Its password.'),
  ssl_ca: required(absolutePath(), "Certificate of the authority that signed the master's certificate."),
  ssl_cert: required(absolutePath(), "This host's certificate."),
  ssl_key: required(absolutePath(), "This host's private key; mysql must be able to read it."),
}

type Values = ParamValues<typeof PARAMS>

interface Current {
  readonly status: ReplicaStatus | undefined
  /** Whether the password is the one set last; MariaDB does not report it. */
  readonly passwordKnown: boolean
  /** Databases that exist although nothing was ever replicated. */
  readonly ownDatabases: readonly string[]
  readonly ownTransactions: readonly Gtid[]
}

const PASSWORD_KEY = 'mysql_replica.configured/master_password'
const LOOKS = 60
const SYSTEM_DATABASES = "'mysql', 'information_schema', 'performance_schema', 'sys', 'test'"

export const mysqlReplicaConfigured = defineState({
  name: 'mysql_replica.configured',
  summary:
    'Configures this host as a MariaDB replica, by GTID and over TLS with a verified certificate, and starts both replication threads.',
  nameKind: text(),
  params: PARAMS,
  owns: () => 'mysql_replica:',
  async read(system, params): Promise<Current> {
    const passwordKnown = await system.applied(PASSWORD_KEY, params.master_password)
    // Do not wait for settings that are about to change.
    const status = await settledStatus(system, look => passwordKnown && settingsMatch(params, look))
    const rows = await mysqlRows(
      system,
      // Read the state before the position: transactions replicated in between must not look like the host's own.
      'SELECT @@GLOBAL.server_id, @@GLOBAL.gtid_binlog_state',
      'SELECT @@GLOBAL.gtid_slave_pos',
      `SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN (${SYSTEM_DATABASES}) ORDER BY 1`,
    )
    const [[server = '', state = ''] = [], [position = ''] = [], ...databases] = rows
    return {
      status,
      passwordKnown,
      ownDatabases: status === undefined && position === '' ? databases.map(([name = '']) => name) : [],
      ownTransactions: ownTransactions(Number(server), parseGtids(state), parseGtids(position)),
    }
  },
  plan(params, current): readonly Action[] {
    const { master_host, master_port, master_password } = params
    const { status } = current
    if (status !== undefined && !isFrom(params, status)) throw otherMaster(params, status)
    if (current.ownTransactions.length > 0 || current.ownDatabases.length > 0) throw ownData(current)
    if (status === undefined || !current.passwordKnown || !settingsMatch(params, status)) {
      const summary = `replicate from ${master_host}:${master_port}`
      return [
        runSql(summary, ['STOP REPLICA', changeMaster(params), 'START REPLICA'], master_password),
        { do: 'remember', key: PASSWORD_KEY, value: master_password },
      ]
    }
    if (isWorking(status)) return []
    if (status.receiver.error !== '' || status.applier.error !== '' || isStarting(status)) throw broken(status)
    return [runSql('start the replication threads', ['START REPLICA'])]
  },
})

/**
 * Reads the status once it has settled: after a start or a change the threads need a moment, so the query is repeated for about
 * 30 seconds while they are starting. Each query has a different text, so that no cached answer is used.
 */
async function settledStatus(
  system: SystemReader,
  isWorthWaiting: (status: ReplicaStatus) => boolean,
): Promise<ReplicaStatus | undefined> {
  for (let look = 0; ; look++) {
    const columns = await lookAtReplica(system, look === 0 ? undefined : `DO SLEEP(0.5) /* look ${look} */`)
    const status = columns === undefined ? undefined : replicaStatus(columns)
    if (status === undefined || look === LOOKS) return status
    if (!isStarting(status) || !isWorthWaiting(status)) return status
  }
}

function settingsMatch(params: Values, status: ReplicaStatus): boolean {
  const { user, tls, usesSlavePos } = status
  const tlsRight = tls.ca === params.ssl_ca && tls.cert === params.ssl_cert && tls.key === params.ssl_key
  const sourceRight = isFrom(params, status) && user === params.master_user
  return sourceRight && tlsRight && tls.allowed && tls.verified && usesSlavePos
}

function isFrom({ master_host, master_port }: Values, { host, port }: ReplicaStatus): boolean {
  return host === master_host && port === master_port
}

function changeMaster(params: Values): string {
  const password = revealText(params.master_password)
  const settings = [
    `MASTER_HOST = ${quoteText(params.master_host)}`,
    `MASTER_PORT = ${params.master_port}`,
    `MASTER_USER = ${quoteText(params.master_user)}`,
    `MASTER_PASSWORD = ${quoteText(password)}`,
    'MASTER_CONNECT_RETRY = 5',
    'MASTER_SSL = 1',
    `MASTER_SSL_CA = ${quoteText(params.ssl_ca)}`,
    `MASTER_SSL_CERT = ${quoteText(params.ssl_cert)}`,
    `MASTER_SSL_KEY = ${quoteText(params.ssl_key)}`,
    'MASTER_SSL_VERIFY_SERVER_CERT = 1',
    'MASTER_USE_GTID = slave_pos',
  ]
  return `CHANGE MASTER TO ${settings.join(', ')}`
}

function otherMaster({ master_host, master_port }: Values, { host, port }: ReplicaStatus): AppError {
  return new AppError({
    code: 'MYSQL_OTHER_MASTER',
    message: `this host must replicate from \`${master_host}:${master_port}\`, but it replicates from \`${host}:${port}\``,
    hint: 'Compare `@@gtid_slave_pos` with the new master; then `mariadb -e "STOP REPLICA; RESET REPLICA ALL"` and apply again.',
  })
}

function ownData({ ownDatabases, ownTransactions: own }: Current): AppError {
  const databases =
    ownDatabases.length === 0 ? [] : [`the databases ${ownDatabases.map(name => `\`${name}\``).join(', ')}`]
  const transactions = own.length === 0 ? [] : [`its own transactions up to \`${own.map(gtidText).join(',')}\``]
  return new AppError({
    code: 'MYSQL_OWN_TRANSACTIONS',
    message: `this host must become a replica, but it holds ${[...databases, ...transactions].join(' and ')}, which its master does not know`,
    hint: 'Seed it again from its master. Only if they are harmless, run: `mariadb -e "STOP REPLICA; RESET MASTER; START REPLICA"`.',
  })
}

function broken({ host, port, receiver, applier }: ReplicaStatus): AppError {
  const words = [receiver.error, applier.error].filter(error => error !== '')
  const reason = words.length === 0 ? 'it is still connecting after 30 seconds' : words.join('; ')
  return new AppError({
    code: 'MYSQL_REPLICATION_BROKEN',
    message: `the replica of \`${host}:${port}\` is configured but does not replicate: ${reason}`,
    hint: 'Correct the problem, then run `mariadb -e "STOP REPLICA; START REPLICA"` and apply again.',
  })
}
