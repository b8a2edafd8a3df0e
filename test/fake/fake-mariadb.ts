import type { ProgramResult } from '../../states/system.ts'
import { createFakeSystem, type FakeSystem } from './fake-system.ts'

type Rows = readonly (readonly string[])[]

export interface FakeMariadb {
  readonly readOnly?: boolean
  /** Current columns of SHOW REPLICA STATUS; undefined when the server has no master. */
  readonly status?: () => { readonly [column: string]: string } | undefined
  /** Rows of a query, or an error number; undefined for a query that the test did not define. */
  readonly look?: (sql: string) => Rows | number | undefined
  /** Runs a script that changes something; false for one that the test did not define. */
  readonly perform?: (sql: string) => boolean
}

const SESSION = "SET NAMES utf8mb4;\nSET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_CREATE_USER';\n"
const READ_ONLY = "SELECT 'read_only', @@GLOBAL.read_only;\n"

/** Creates a host with a MariaDB that answers the client like the real one, including escapes and session settings. */
export function createMariadbHost(mariadb: FakeMariadb): FakeSystem {
  const { readOnly = false, status = () => undefined, look = () => undefined, perform = () => false } = mariadb
  return createFakeSystem({
    query(argv, stdin) {
      const sql = withoutSession(stdin)
      if (argv.join(' ') === 'mariadb --batch --vertical') {
        const looked = /^(DO SLEEP\(0\.5\) \/\* look \d+ \*\/;\n)?SHOW REPLICA STATUS;\n$/.test(sql)
        return looked ? vertical(status()) : undefined
      }
      if (argv.join(' ') !== 'mariadb --batch --skip-column-names') return undefined
      const tagged = sql.startsWith(READ_ONLY)
      const rows = look(tagged ? sql.slice(READ_ONLY.length) : sql)
      const before = tagged ? `read_only\t${readOnly ? 1 : 0}\n` : ''
      if (rows === undefined) return undefined
      if (typeof rows === 'number') return refused(rows, before)
      return before + rows.map(row => `${row.map(escapeField).join('\t')}\n`).join('')
    },
    run({ argv }, fake) {
      const script = fake.inputs.at(-1) ?? ''
      return argv.join(' ') === 'mariadb --batch --skip-column-names' && perform(withoutSession(script))
    },
  })
}

/** Creates a host whose MariaDB is not running. */
export function createHostWithoutMariadb(): FakeSystem {
  const stderr = "ERROR 2002 (HY000): Can't connect to local server through socket '/run/mysqld/mysqld.sock' (2)\n"
  return createFakeSystem({ query: () => ({ exitCode: 1, stdout: '', stderr }) })
}

function withoutSession(script: string): string {
  if (!script.startsWith(SESSION)) throw new Error(`a script without the session's settings: ${script}`)
  return script.slice(SESSION.length)
}

function vertical(columns: { readonly [column: string]: string } | undefined): string {
  if (columns === undefined) return ''
  const lines = Object.entries(columns).map(([column, value]) => `${column.padStart(30)}: ${value}\n`)
  return ['*************************** 1. row ***************************\n', ...lines].join('')
}

function refused(number: number, stdout: string): ProgramResult {
  return { exitCode: 1, stdout, stderr: `ERROR ${number} (42000) at line 4: in its own words\n` }
}

function escapeField(field: string): string {
  return field.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n')
}
