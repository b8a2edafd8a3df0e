import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type AccountTable, accountTable, asksFilesFirst } from '../../../minion/system/account-table.ts'

const DEBIAN = 'passwd:         files systemd\ngroup:          files systemd\nhosts: files dns\n'
const EVERYBODY: { readonly [database: string]: string } = {
  passwd: 'root:x:0:0:root:/root:/bin/bash\nann:x:2000:2000::/home/ann:/bin/sh\n',
  group: 'root:x:0:\nstaff:x:50:ann\n',
}

async function table(
  nsswitch: string,
  userdb: readonly string[] = [],
): Promise<{ readonly accounts: AccountTable; readonly ran: string[] }> {
  const etc = await mkdtemp(join(tmpdir(), 'saltern-etc-'))
  onTestFinished(() => rm(etc, { recursive: true }))
  await writeFile(join(etc, 'nsswitch.conf'), nsswitch)
  await writeFile(join(etc, 'passwd'), 'root:x:0:0:root:/root:/bin/bash\n')
  await writeFile(join(etc, 'group'), 'root:x:0:\n')
  const ran: string[] = []
  const accounts = accountTable(
    argv => {
      ran.push(argv.join(' '))
      return Promise.resolve({ exitCode: 0, stdout: EVERYBODY[argv[1] ?? ''] ?? '', stderr: '' })
    },
    etc,
    userdb,
  )
  return { accounts, ran }
}

const uidOf = (accounts: AccountTable, name: string): Promise<number | undefined> =>
  accounts.find(({ users }) => users.get(name)?.uid)

it('an account of /etc/passwd is found without a program', async () => {
  const { accounts, ran } = await table(DEBIAN)

  expect(await uidOf(accounts, 'root')).toBe(0)
  expect(await accounts.find(({ groupNames }) => groupNames.get(0))).toBe('root')
  expect(ran).toEqual([])
})

it('getent is asked once for accounts that the files do not have', async () => {
  const { accounts, ran } = await table(DEBIAN)

  expect(await uidOf(accounts, 'ann')).toBe(2000)
  expect(await uidOf(accounts, 'nobody-has-this-name')).toBeUndefined()
  expect(ran).toEqual(['getent passwd', 'getent group'])
})

it('accounts are read again after they were forgotten', async () => {
  const { accounts, ran } = await table(DEBIAN)

  await uidOf(accounts, 'ann')
  accounts.forget()
  await uidOf(accounts, 'ann')

  expect(ran).toHaveLength(4)
})

it('all accounts come from getent when another source may add groups to users of the files', async () => {
  const { accounts, ran } = await table('passwd: files sss\ngroup: files sss\n')

  expect(await uidOf(accounts, 'root')).toBe(0)
  expect(ran).toEqual(['getent passwd', 'getent group'])
})

it('files are asked first only where nsswitch.conf names nothing else that adds groups', () => {
  expect(asksFilesFirst('passwd: files\ngroup:files # local\n')).toBe(true)
  expect(asksFilesFirst(DEBIAN)).toBe(true)
  for (const other of ['passwd: sss files', 'group: files ldap', 'initgroups: files sss', 'passwd: compat']) {
    expect(asksFilesFirst(`passwd: files\ngroup: files\n${other}\n`)).toBe(false)
  }
  expect(asksFilesFirst('passwd: files\n')).toBe(false)
  expect(asksFilesFirst('')).toBe(false)
})

it('all accounts come from getent when systemd has records that may add groups', async () => {
  const userdb = await mkdtemp(join(tmpdir(), 'saltern-userdb-'))
  onTestFinished(() => rm(userdb, { recursive: true }))
  const empty = await table(DEBIAN, [userdb, join(userdb, 'absent')])
  await uidOf(empty.accounts, 'root')
  await writeFile(join(userdb, 'root:staff.membership'), '')
  const filled = await table(DEBIAN, [userdb])
  const socket = await table(DEBIAN, [join(userdb, 'root:staff.membership')])

  for (const { accounts } of [filled, socket]) expect(await uidOf(accounts, 'root')).toBe(0)

  expect([empty, filled, socket].map(({ ran }) => ran.length)).toEqual([0, 2, 2])
})
