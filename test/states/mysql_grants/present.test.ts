import { expect, it } from 'vitest'
import { mysqlGrantsPresent } from '../../../states/mysql_grants/present.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createHostWithoutMariadb, createMariadbHost } from '../../fake/fake-mariadb.ts'
import type { FakeSystem } from '../../fake/fake-system.ts'

const APP = { name: 'app on app', user: 'app', host: '10.%', database: 'app.*', grant: 'select,INSERT' }
const USAGE = "GRANT USAGE ON *.* TO `app`@`10.%` IDENTIFIED BY PASSWORD '*AB' REQUIRE SSL"
const RIGHT = [USAGE, 'GRANT SELECT, INSERT ON `app`.* TO `app`@`10.%`']

function hostWith(lines: readonly string[], script: string, readOnly = false): FakeSystem {
  let now = lines
  return createMariadbHost({
    readOnly,
    look(sql) {
      if (sql !== "SHOW GRANTS FOR 'app'@'10.%';\n") return undefined
      return now.length === 0 ? 1141 : now.map(line => [line])
    },
    perform(sql) {
      now = RIGHT
      return sql === script
    },
  })
}

const GRANT = "GRANT INSERT, SELECT ON `app`.* TO 'app'@'10.%';\n"

it('mysql_grants.present grants privileges to an account without any', async () => {
  const { actions, left } = await applyState(mysqlGrantsPresent, APP, hostWith([USAGE], GRANT))

  expect(actions).toMatchObject([{ do: 'run', summary: 'grant INSERT, SELECT on app.* to app@10.%' }])
  expect(left).toEqual([])
})

it('mysql_grants.present leaves correct privileges unchanged, even on a replica', async () => {
  expect(await planState(mysqlGrantsPresent, APP, hostWith(RIGHT, '', true))).toEqual([])
})

it('mysql_grants.present revokes undeclared privileges and grants missing ones', async () => {
  const lines = [USAGE, 'GRANT SELECT, DROP ON `app`.* TO `app`@`10.%` WITH GRANT OPTION']
  const script = [
    "GRANT INSERT ON `app`.* TO 'app'@'10.%';\n",
    "REVOKE DROP ON `app`.* FROM 'app'@'10.%';\n",
    "REVOKE GRANT OPTION ON `app`.* FROM 'app'@'10.%';\n",
  ]

  const { actions, left } = await applyState(mysqlGrantsPresent, APP, hostWith(lines, script.join('')))

  expect(actions).toHaveLength(1)
  expect(left).toEqual([])
})

it('mysql_grants.present refuses a missing account and a replica, and reports a MariaDB that is not running', async () => {
  await expect(planState(mysqlGrantsPresent, APP, hostWith([], ''))).rejects.toMatchObject({
    problems: [{ code: 'MYSQL_ACCOUNT_MISSING', hint: expect.stringContaining('mysql_user.present') }],
  })
  await expect(planState(mysqlGrantsPresent, APP, hostWith([USAGE], '', true))).rejects.toMatchObject({
    problems: [{ code: 'MYSQL_IS_REPLICA' }],
  })
  await expect(planState(mysqlGrantsPresent, APP, createHostWithoutMariadb())).rejects.toMatchObject({
    problems: [{ code: 'MYSQL_UNREACHABLE' }],
  })
})

it('mysql_grants.present quotes the error of MariaDB when a query is refused', async () => {
  const host = createMariadbHost({ look: () => 1064 })

  await expect(planState(mysqlGrantsPresent, APP, host)).rejects.toMatchObject({
    problems: [{ code: 'MYSQL_REFUSED', message: expect.stringContaining('in its own words') }],
  })
})

it('mysql_grants.present does nothing when it is applied twice', async () => {
  const host = hostWith([USAGE], GRANT)

  await applyState(mysqlGrantsPresent, APP, host)

  expect((await applyState(mysqlGrantsPresent, APP, host)).actions).toEqual([])
})
