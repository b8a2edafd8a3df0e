import { expect, it } from 'vitest'
import { grantStatements, grantsAt, normalPrivileges, quoteLevel } from '../../../states/lib/mysql-grants.ts'

const none = { privileges: [], grantOption: false }

it('MySQL privileges are named as in SHOW GRANTS', () => {
  expect(normalPrivileges(['replication  client', 'Select,usage'])).toEqual(['BINLOG MONITOR', 'SELECT'])
  expect(normalPrivileges(['SELECT', 'all'])).toEqual(['ALL PRIVILEGES'])
})

it('MySQL privileges are read at one level only, without column privileges', () => {
  const lines = [
    "GRANT PROCESS ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*AB'",
    'GRANT SELECT, SHOW VIEW ON `a``b`.* TO `u`@`%` WITH MAX_USER_CONNECTIONS 3 GRANT OPTION',
    'GRANT INSERT, SELECT (`x`, `y`) ON `a``b`.`t` TO `u`@`%`',
    'GRANT `role` TO `u`@`%`',
  ]

  expect(grantsAt(lines, 'a`b.*')).toEqual({ privileges: ['SELECT', 'SHOW VIEW'], grantOption: true })
  expect(grantsAt(lines, '*.*')).toEqual({ privileges: ['PROCESS'], grantOption: false })
  expect(grantsAt(lines, 'other.*')).toEqual(none)
  expect(quoteLevel('a.t')).toBe('`a`.`t`')
})

it('changing MySQL privileges from all to some revokes all first, and from some to all needs one grant', () => {
  const all = { privileges: ['ALL PRIVILEGES'], grantOption: false }
  const some = { privileges: ['SELECT'], grantOption: false }

  expect(grantStatements('u', 'a.*', some, all)).toEqual([
    'REVOKE ALL PRIVILEGES ON `a`.* FROM u',
    'GRANT SELECT ON `a`.* TO u',
  ])
  expect(grantStatements('u', 'a.*', all, some)).toEqual(['GRANT ALL PRIVILEGES ON `a`.* TO u'])
  expect(grantStatements('u', 'a.*', all, all)).toEqual([])
})

it('MySQL privileges include the grant option only when it is declared', () => {
  const some = { privileges: ['SELECT'], grantOption: false }

  expect(grantStatements('u', 'a.*', { ...some, grantOption: true }, some)).toEqual([
    'GRANT USAGE ON `a`.* TO u WITH GRANT OPTION',
  ])
  expect(grantStatements('u', 'a.*', some, { ...some, grantOption: true })).toEqual([
    'REVOKE GRANT OPTION ON `a`.* FROM u',
  ])
})
