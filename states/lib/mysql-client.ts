import { AppError } from '../../protocol/errors.ts'
import { type MaybeSecret, Secret } from '../../protocol/secret.ts'
import type { Action } from '../action.ts'
import type { ProgramResult, SystemReader } from '../system.ts'
import { parseRows, parseVertical, sqlScript } from './mysql-quote.ts'

/** Connects as root over the unix socket; SQL is always passed in stdin, so that no process list shows it. */
const MARIADB = ['mariadb', '--batch', '--skip-column-names'] as const
const MARIADB_VERTICAL = ['mariadb', '--batch', '--vertical'] as const

/** Rows read from MariaDB, and whether this host is a replica. */
export interface MysqlLook {
  readonly rows: readonly (readonly string[])[]
  /** Accounts and databases arrive by replication, so they must not be changed on this host. */
  readonly replica: boolean
}

/**
 * Runs `query` and returns its rows, together with whether this host is a replica (read-only, or with a master). Throws
 * MYSQL_UNREACHABLE or MYSQL_REFUSED with the daemon's message; `tolerate` is an error number that means no rows.
 */
export async function lookAtMysql(system: SystemReader, query: string, tolerate?: number): Promise<MysqlLook> {
  const script = sqlScript("SELECT 'read_only', @@GLOBAL.read_only", query)
  const rows = parseRows(await ask(system, MARIADB, script, tolerate))
  const readOnly = rows[0]?.[1] !== '0'
  const replica = readOnly || (await lookAtReplica(system)) !== undefined
  return { rows: rows.slice(1), replica }
}

/** Runs `SHOW REPLICA STATUS` for the default connection; `before` is a harmless statement to run first. */
export async function lookAtReplica(
  system: SystemReader,
  before?: string,
): Promise<{ readonly [column: string]: string } | undefined> {
  const statements = before === undefined ? [] : [before]
  return parseVertical(await ask(system, MARIADB_VERTICAL, sqlScript(...statements, 'SHOW REPLICA STATUS')))
}

/** Returns the rows of some statements. */
export async function mysqlRows(
  system: SystemReader,
  ...statements: readonly string[]
): Promise<readonly (readonly string[])[]> {
  return parseRows(await ask(system, MARIADB, sqlScript(...statements)))
}

/** The action that runs statements; `secret` is the value that makes them secret, if any. Pure. */
export function runSql(summary: string, statements: readonly string[], secret?: MaybeSecret): Action {
  const script = sqlScript(...statements)
  if (secret === undefined) return { do: 'run', summary, argv: MARIADB, stdin: script }
  return {
    do: 'run',
    summary,
    argv: MARIADB,
    stdin: new Secret(script, secret instanceof Secret ? secret.path : summary),
  }
}

/** The error for accounts and databases of a replica, which belong to its master. Pure. */
export function mustNotBeReplica(what: string): AppError {
  return new AppError({
    code: 'MYSQL_IS_REPLICA',
    message: `${what} must be changed, but this host is a replica or read-only: the change would not be its master's`,
    hint: 'Declare it on the master only, and find out why it was not replicated: `SHOW REPLICA STATUS\\G`.',
  })
}

async function ask(system: SystemReader, argv: readonly string[], script: string, tolerate?: number): Promise<string> {
  const result = await system.query(argv, { stdin: script })
  if (result.exitCode === 0 || errorNumber(result) === tolerate) return result.stdout
  throw failure(result)
}

/** Errors of the client (2000 to 2999) and of the login mean that no statement was run. */
const NO_CONVERSATION = [1040, 1044, 1045, 1129, 1130, 1698]

function failure(result: ProgramResult): AppError {
  const number = errorNumber(result)
  const words = result.stderr.trim() === '' ? `exit code ${result.exitCode}` : result.stderr.trim()
  if (number === undefined || (number >= 2000 && number < 3000) || NO_CONVERSATION.includes(number)) {
    return new AppError({
      code: 'MYSQL_UNREACHABLE',
      message: `MariaDB does not answer root over its socket: ${words}`,
      hint: 'Require the `service.running` of `mariadb`; see `systemctl status mariadb` and `journalctl -u mariadb`.',
    })
  }
  return new AppError({
    code: 'MYSQL_REFUSED',
    message: `MariaDB rejected a query: ${words}`,
    hint: 'Run the query as root on the host: `mariadb`.',
  })
}

function errorNumber({ stderr }: ProgramResult): number | undefined {
  const [, digits] = /ERROR (\d+)/.exec(stderr) ?? []
  return digits === undefined ? undefined : Number(digits)
}
