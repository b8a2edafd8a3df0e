import type { GroupEntry, UserAccount } from '../../states/system.ts'

/** Users and groups, as printed by getent(1). */
export interface Accounts {
  readonly users: ReadonlyMap<string, UserAccount>
  readonly groups: ReadonlyMap<string, GroupEntry>
  readonly userNames: ReadonlyMap<number, string>
  readonly groupNames: ReadonlyMap<number, string>
}

/** Parses `getent passwd` and `getent group` (passwd(5), group(5)). Pure. */
export function parseAccounts(passwd: string, group: string): Accounts {
  const groups = rows(group).map(([name = '', , gid = '', members = '']): GroupEntry => {
    return { name, gid: Number(gid), members: members === '' ? [] : members.split(',').sort() }
  })
  const groupNames = new Map(groups.map(({ gid, name }) => [gid, name]).reverse() as [number, string][])
  const users = rows(passwd).map(
    ([name = '', , uid = '', gid = '', gecos = '', home = '', shell = '']): UserAccount => ({
      name,
      uid: Number(uid),
      gid: Number(gid),
      group: groupNames.get(Number(gid)) ?? gid,
      gecos,
      home,
      shell,
      groups: groups
        .filter(({ members }) => members.includes(name))
        .map(entry => entry.name)
        .sort(),
    }),
  )
  return {
    users: new Map(users.map(user => [user.name, user])),
    groups: new Map(groups.map(entry => [entry.name, entry])),
    userNames: new Map(users.map(({ uid, name }) => [uid, name] as const).reverse()),
    groupNames,
  }
}

function rows(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.split(':'))
}
