import { AppError } from '../../protocol/errors.ts'
import { type MaybeSecret, revealText, Secret } from '../../protocol/secret.ts'
import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { absolutePath, flag, integer, listOf, secretText, word } from '../kinds.ts'
import { holderOf, idTaken, sameNames, sortedNames } from '../lib/accounts.ts'
import { accountName, newAccountName } from '../name-kinds.ts'
import { optional, type ParamValues, withDefault } from '../params.ts'
import type { SystemReader, UserAccount } from '../system.ts'

const PARAMS = {
  uid: optional(integer(0, 4_294_967_294), 'Numeric id (assigned by the system if omitted).'),
  gid: optional(accountName('group'), 'Primary group, by name or number (a group named like the user if omitted).'),
  groups: optional(listOf(accountName('group')), 'Supplementary groups (not changed if omitted).'),
  remove_groups: withDefault(flag(), true, 'Remove the user from supplementary groups that `groups` does not list.'),
  home: optional(absolutePath(), 'Home directory; changing it later does not move files.'),
  createhome: withDefault(flag(), true, 'Create the home directory when the user is created.'),
  shell: optional(absolutePath(), 'Login shell.'),
  fullname: optional(word('text without `:`', /^[^:\n]*$/), 'Full name.'),
  system: withDefault(flag(), false, 'Take a number from the system range, if this state creates it.'),
  password: optional(
    secretText(),
    'Password hash as in shadow(5), for example from `mkpasswd`; never the password itself.',
  ),
}

type Values = ParamValues<typeof PARAMS>

interface Current {
  readonly account: UserAccount | undefined
  /** Another user that has the wanted uid. */
  readonly holder: string | undefined
  /** True when a group with the user's name exists; useradd(8) uses it only when told to. */
  readonly ownGroup: boolean
  readonly primaryMatches: boolean
  readonly password: 'right' | 'differs' | 'no-hash'
}

/** The second field of shadow(5): locked, or `$type$...`. */
const HASH = /^([!*]|!?\$[0-9a-z]+\$[^:\s]+$)/

export const userPresent = defineState({
  name: 'user.present',
  summary: 'A local user.',
  nameKind: newAccountName('user'),
  params: PARAMS,
  owns: ({ name }) => `user:${name}`,
  opposite: ({ name }) => ({ type: 'user.absent', params: { name } }),
  // A secret value is checked on the host, where it is decrypted.
  conflicts: ({ password }) =>
    typeof password !== 'string' || HASH.test(password)
      ? []
      : [
          '`password` must be a hash as in shadow(5), got something else: create one with `mkpasswd --method=yescrypt`, and seal it',
        ],
  async read(system, { name, uid, gid, password }): Promise<Current> {
    const account = await system.user(name)
    return {
      account,
      holder: uid === undefined || account?.uid === uid ? undefined : await holderOf(system, 'passwd', uid),
      ownGroup: account === undefined && gid === undefined && (await system.group(name)) !== undefined,
      primaryMatches:
        account !== undefined && (gid === undefined || [account.group, String(account.gid)].includes(gid)),
      password: password === undefined ? 'right' : await comparePassword(system, name, account, password),
    }
  },
  plan(params, current) {
    const { name, uid, password } = params
    if (uid !== undefined && current.holder !== undefined && current.holder !== name) {
      throw idTaken('uid', uid, name, current.holder)
    }
    if (current.password === 'no-hash') throw noHash(name)
    const actions = current.account === undefined ? [useradd(params, current.ownGroup)] : usermod(params, current)
    if (password === undefined || current.password === 'right') return actions
    return [...actions, setPassword(name, password)]
  },
})

function useradd(params: Values, ownGroup: boolean): Action {
  const { name, uid, gid, groups, home, createhome, shell, fullname, system } = params
  const primary = gid ?? (ownGroup ? name : undefined)
  const argv = ['useradd', createhome ? '--create-home' : '--no-create-home']
  if (system) argv.push('--system')
  if (uid !== undefined) argv.push('--uid', String(uid))
  if (primary !== undefined) argv.push('--gid', primary)
  if (groups !== undefined && groups.length > 0) argv.push('--groups', sortedNames(groups).join(','))
  if (home !== undefined) argv.push('--home-dir', home)
  if (shell !== undefined) argv.push('--shell', shell)
  if (fullname !== undefined) argv.push('--comment', fullname)
  return { do: 'run', summary: `create the user ${name}`, argv: [...argv, name] }
}

function usermod(params: Values, { account, primaryMatches }: Current): readonly Action[] {
  const { name, uid, gid, groups, remove_groups, home, shell, fullname } = params
  const argv: string[] = []
  const changed: string[] = []
  const change = (what: string, option: string, value: string): void => {
    argv.push(option, value)
    changed.push(`${what} ${value === '' ? 'empty' : value}`)
  }
  if (uid !== undefined && account?.uid !== uid) change('uid', '--uid', String(uid))
  if (gid !== undefined && !primaryMatches) change('primary group', '--gid', gid)
  if (home !== undefined && account?.home !== home) change('home', '--home', home)
  if (shell !== undefined && account?.shell !== shell) change('shell', '--shell', shell)
  if (fullname !== undefined && !hasFullName(account, fullname)) {
    change('full name', '--comment', fullname)
  }
  if (groups !== undefined) {
    const now = account?.groups ?? []
    const wanted = remove_groups ? groups : [...now, ...groups]
    if (!sameNames(wanted, now)) change('groups', '--groups', sortedNames(wanted).join(','))
  }
  if (argv.length === 0) return []
  return [{ do: 'run', summary: `change the user ${name}: ${changed.join(', ')}`, argv: ['usermod', ...argv, name] }]
}

/** Compares the full name, which is the first field of the comment; a name with a comma is compared with the whole comment. */
function hasFullName(account: UserAccount | undefined, fullname: string): boolean {
  const gecos = account?.gecos ?? ''
  return fullname.includes(',')
    ? gecos.replace(/,+$/, '') === fullname.replace(/,+$/, '')
    : gecos.split(',')[0] === fullname
}

function setPassword(name: string, password: MaybeSecret): Action {
  const line = `${name}:${revealText(password)}\n`
  const stdin = new Secret(line, password instanceof Secret ? password.path : `user.present ${name}`)
  return { do: 'run', summary: `set the password of ${name}`, argv: ['chpasswd', '--encrypted'], stdin }
}

async function comparePassword(
  system: SystemReader,
  name: string,
  account: UserAccount | undefined,
  password: MaybeSecret,
): Promise<Current['password']> {
  const hash = revealText(password)
  if (!HASH.test(hash)) return 'no-hash'
  if (account === undefined) return 'differs'
  const { stdout } = await system.query(['getent', 'shadow', name])
  return stdout.split(':')[1] === hash ? 'right' : 'differs'
}

function noHash(name: string): AppError {
  return new AppError({
    code: 'PARAM_INVALID',
    message: `user.present: \`password\` of \`${name}\` must be a hash as in shadow(5), got something else`,
    hint: 'Create one with `mkpasswd --method=yescrypt` and seal it.',
  })
}
