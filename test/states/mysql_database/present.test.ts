import { expect, it } from 'vitest'
import { mysqlDatabasePresent } from '../../../states/mysql_database/present.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createHostWithoutMariadb, createMariadbHost } from '../../fake/fake-mariadb.ts'
import type { FakeSystem } from '../../fake/fake-system.ts'

const APP = { name: 'app', character_set: 'utf8mb4', collate: 'utf8mb4_general_ci' }
const RIGHT = ['utf8mb4', 'utf8mb4_general_ci']
const LOOK =
  "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'app';\n"

function hostWith(row: readonly string[] | undefined, verb: string, readOnly = false): FakeSystem {
  let now = row
  return createMariadbHost({
    readOnly,
    look: sql => (sql === LOOK ? (now === undefined ? [] : [now]) : undefined),
    perform(sql) {
      now = RIGHT
      return sql === `${verb} DATABASE \`app\` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;\n`
    },
  })
}

it('mysql_database.present creates a missing database', async () => {
  const { actions, left } = await applyState(mysqlDatabasePresent, APP, hostWith(undefined, 'CREATE'))

  expect(actions).toMatchObject([{ do: 'run', summary: 'create the database app' }])
  expect(left).toEqual([])
})

it('mysql_database.present leaves a correct database unchanged, even on a replica', async () => {
  expect(await planState(mysqlDatabasePresent, APP, hostWith(RIGHT, 'no', true))).toEqual([])
  expect(await planState(mysqlDatabasePresent, { name: 'app' }, hostWith(['latin1', 'x'], 'no'))).toEqual([])
})

it('mysql_database.present corrects the character set', async () => {
  const host = hostWith(['latin1', 'latin1_swedish_ci'], 'ALTER')

  const { actions, left } = await applyState(mysqlDatabasePresent, APP, host)

  expect(actions).toMatchObject([{ summary: 'change the database app' }])
  expect(left).toEqual([])
})

it('mysql_database.present refuses to write on a replica and reports a MariaDB that is not running', async () => {
  await expect(planState(mysqlDatabasePresent, APP, hostWith(undefined, 'no', true))).rejects.toMatchObject({
    problems: [{ code: 'MYSQL_IS_REPLICA' }],
  })
  await expect(planState(mysqlDatabasePresent, APP, createHostWithoutMariadb())).rejects.toMatchObject({
    problems: [{ code: 'MYSQL_UNREACHABLE', message: expect.stringContaining("Can't connect to local server") }],
  })
})

it('mysql_database.present refuses to write on a host with a replication master, even when it is not read-only', async () => {
  const host = createMariadbHost({ look: () => [], status: () => ({ Master_Host: 'db1' }) })

  await expect(planState(mysqlDatabasePresent, APP, host)).rejects.toMatchObject({
    problems: [{ code: 'MYSQL_IS_REPLICA' }],
  })
})

it('mysql_database.present does nothing when it is applied twice', async () => {
  const host = hostWith(undefined, 'CREATE')

  await applyState(mysqlDatabasePresent, APP, host)

  expect((await applyState(mysqlDatabasePresent, APP, host)).actions).toEqual([])
})
