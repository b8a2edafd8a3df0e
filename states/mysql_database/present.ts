import { defineState } from '../define.ts'
import { word } from '../kinds.ts'
import { lookAtMysql, type MysqlLook, mustNotBeReplica, runSql } from '../lib/mysql-client.ts'
import { quoteName, quoteText } from '../lib/mysql-quote.ts'
import { optional } from '../params.ts'

const CHARSET = /^[a-z0-9_]+$/

export const mysqlDatabasePresent = defineState({
  name: 'mysql_database.present',
  summary: 'Creates a MariaDB database. Declare it on the master only: replicas get it by replication.',
  nameKind: word('the name of a database, up to 64 characters', /^[^\0/\\.\s]{1,64}$/),
  params: {
    character_set: optional(word('a character set', CHARSET), 'Default character set (not changed if omitted).'),
    collate: optional(word('a collation', CHARSET), 'Default collation (not changed if omitted).'),
  },
  owns: ({ name }) => `mysql_database:${name}`,
  read(system, { name }): Promise<MysqlLook> {
    const columns = 'DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME'
    const where = `SCHEMA_NAME = ${quoteText(name)}`
    return lookAtMysql(system, `SELECT ${columns} FROM information_schema.SCHEMATA WHERE ${where}`)
  },
  plan({ name, character_set, collate }, { rows, replica }) {
    const [row] = rows
    const [charsetNow, collateNow] = row ?? []
    const charsetRight = character_set === undefined || character_set === charsetNow
    const collateRight = collate === undefined || collate === collateNow
    if (row !== undefined && charsetRight && collateRight) return []
    if (replica) throw mustNotBeReplica(`the database \`${name}\``)
    const options = [
      ...(character_set === undefined ? [] : [`CHARACTER SET ${character_set}`]),
      ...(collate === undefined ? [] : [`COLLATE ${collate}`]),
    ]
    const verb = row === undefined ? 'CREATE' : 'ALTER'
    const statement = [verb, 'DATABASE', quoteName(name), ...options].join(' ')
    return [runSql(`${verb === 'CREATE' ? 'create' : 'change'} the database ${name}`, [statement])]
  },
})
