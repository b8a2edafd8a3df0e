import { expect, it } from 'vitest'
import { Secret } from '../../../protocol/secret.ts'
import { mysqlUserPresent } from '../../../states/mysql_user/present.ts'
import { applyState, bindState, planState, secretParam } from '../../fake/apply-state.ts'
import { createHostWithoutMariadb, createMariadbHost } from '../../fake/fake-mariadb.ts'
import type { FakeSystem } from '../../fake/fake-system.ts'

const REPL = { name: 'repl', host: '10.%', password: secretParam('password'), require_ssl: true }
/** SELECT PASSWORD('password') */
const HASH = '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19'
const RIGHT = ['mysql_native_password', HASH, 'ANY']
const LOOK = "SELECT plugin, authentication_string, ssl_type FROM mysql.user WHERE User = 'repl' AND Host = '10.%';\n"

function hostWith(row: readonly string[] | undefined, script: string, readOnly = false): FakeSystem {
  let now = row
  return createMariadbHost({
    readOnly,
    look: sql => (sql === LOOK ? (now === undefined ? [] : [now]) : undefined),
    perform(sql) {
      now = RIGHT
      return sql === script
    },
  })
}

const CREATE = `CREATE USER 'repl'@'10.%' IDENTIFIED BY PASSWORD '${HASH}' REQUIRE SSL;\n`

it('mysql_user.present creates a missing account with a password hash in a secret script', async () => {
  const host = hostWith(undefined, CREATE)

  const { actions, left } = await applyState(mysqlUserPresent, REPL, host)

  expect(actions).toMatchObject([{ do: 'run', summary: 'create the account repl@10.%', stdin: expect.any(Secret) }])
  expect(left).toEqual([])
  expect(host.inputs.join('')).not.toContain("'password'")
})

it('mysql_user.present leaves a correct account unchanged, even one that requires more than TLS', async () => {
  expect(await planState(mysqlUserPresent, REPL, hostWith(RIGHT, ''))).toEqual([])
  const strict = ['mysql_native_password', HASH, 'X509']
  expect(await planState(mysqlUserPresent, REPL, hostWith(strict, '', true))).toEqual([])
})

it('mysql_user.present corrects only what drifted', async () => {
  const login = `ALTER USER 'repl'@'10.%' IDENTIFIED BY PASSWORD '${HASH}';\n`
  const rotated = hostWith(['mysql_native_password', '*OLD', 'ANY'], login)
  const open = hostWith(['mysql_native_password', HASH, ''], "ALTER USER 'repl'@'10.%' REQUIRE SSL;\n")

  const first = await applyState(mysqlUserPresent, REPL, rotated)
  const second = await applyState(mysqlUserPresent, REPL, open)

  expect(first.actions).toMatchObject([{ summary: 'change login of the account repl@10.%' }])
  expect(first.left).toEqual([])
  expect(second.actions).toMatchObject([{ summary: 'change TLS of the account repl@10.%' }])
  expect(second.left).toEqual([])
})

it('mysql_user.present changes an account with another authentication method', async () => {
  const script = `ALTER USER 'repl'@'10.%' IDENTIFIED BY PASSWORD '${HASH}' REQUIRE SSL;\n`

  expect((await applyState(mysqlUserPresent, REPL, hostWith(['unix_socket', '', ''], script))).left).toEqual([])
})

it('mysql_user.present refuses to write on a replica and reports a MariaDB that is not running', async () => {
  await expect(planState(mysqlUserPresent, REPL, hostWith(undefined, '', true))).rejects.toMatchObject({
    problems: [{ code: 'MYSQL_IS_REPLICA' }],
  })
  await expect(planState(mysqlUserPresent, REPL, createHostWithoutMariadb())).rejects.toMatchObject({
    problems: [{ code: 'MYSQL_UNREACHABLE' }],
  })
})

it('mysql_user.present does nothing when it is applied twice', async () => {
  const host = hostWith(undefined, CREATE)

  await applyState(mysqlUserPresent, REPL, host)

  expect((await applyState(mysqlUserPresent, REPL, host)).actions).toEqual([])
})

it('mysql_user.present requires exactly one authentication method', () => {
  expect(() => bindState(mysqlUserPresent, { name: 'x' })).toThrow('PARAM_INVALID')
  expect(() => bindState(mysqlUserPresent, { ...REPL, unix_socket: true })).toThrow('give either')
})
