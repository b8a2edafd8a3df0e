import { access, constants, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AppError } from '../../protocol/errors.ts'
import type { UserAccount } from '../../states/system.ts'
import { parseAccounts } from '../system/accounts.ts'
import { spawnProgram } from '../system/spawn.ts'

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The user a program runs as, and its environment. */
export interface RunAs {
  readonly account: UserAccount
  readonly cwd: string
  readonly env: { readonly [name: string]: string }
  /** Words before the program's own argv. */
  readonly prefix: readonly string[]
}

export interface RunAsWish {
  readonly user?: string | undefined
  readonly cwd?: string | undefined
  readonly env?: { readonly [name: string]: string } | undefined
}

/**
 * Sets up the environment of a login without a login: the account's ids and all its groups, its home, a clean environment
 * without variables of the agent. Throws OWNER_UNKNOWN or EXEC_REFUSED.
 */
export async function runAs(wish: RunAsWish): Promise<RunAs> {
  const own = process.getuid?.() ?? 0
  const account = await accountOf(wish.user ?? String(own))
  if (account.uid !== own && own !== 0) {
    throw new AppError({
      code: 'EXEC_REFUSED',
      message: `this minion runs as user ${own} and cannot become \`${account.name}\``,
      hint: 'Leave `--user` out, or run the minion as root.',
    })
  }
  const become =
    account.uid === own ? [] : ['--reuid', String(account.uid), '--regid', String(account.gid), '--init-groups']
  return {
    account,
    cwd: await directoryOf(wish.cwd, account),
    env: {
      PATH,
      LANG: 'C.UTF-8',
      HOME: account.home,
      USER: account.name,
      LOGNAME: account.name,
      SHELL: account.shell === '' ? '/bin/sh' : account.shell,
      ...wish.env,
    },
    // A killed minion takes its programs with it, even without systemd.
    prefix: ['setpriv', ...become, '--pdeathsig', 'KILL', '--'],
  }
}

/** Looks up an account by name or number. Throws OWNER_UNKNOWN. */
export async function accountOf(user: string): Promise<UserAccount> {
  const { stdout } = await spawnProgram(['getent', 'passwd', '--', user])
  const [account] = parseAccounts(stdout, '').users.values()
  if (account !== undefined) return account
  throw new AppError({
    code: 'OWNER_UNKNOWN',
    message: `this host has no user \`${user}\``,
    hint: 'List the users: `getent passwd`.',
  })
}

/** Makes sure that the program exists, so that a missing one is not mistaken for its exit code. Throws PROGRAM_MISSING. */
export async function findProgram(program: string, { cwd, env }: Pick<RunAs, 'cwd' | 'env'>): Promise<void> {
  const places = program.includes('/')
    ? [resolve(cwd, program)]
    : (env['PATH'] ?? PATH).split(':').map(directory => resolve(cwd, directory, program))
  let there = false
  for (const place of places) {
    const isFile = await stat(place).then(
      status => status.isFile(),
      () => false,
    )
    there ||= isFile
    if (isFile && (await mayRun(place))) return
  }
  throw new AppError({
    code: 'PROGRAM_MISSING',
    message: `the program \`${program}\` ${there ? 'cannot be executed' : 'does not exist'} on this host`,
    hint: "For builtins, pipes or `&&` run a shell: `-- sh -c '...'`.",
  })
}

async function directoryOf(wanted: string | undefined, account: UserAccount): Promise<string> {
  const place = wanted ?? account.home
  const isDirectory = await stat(place).then(
    status => status.isDirectory(),
    () => false,
  )
  if (isDirectory) return place
  if (wanted === undefined) return '/'
  throw new AppError({ code: 'EXEC_REFUSED', message: `\`${wanted}\` is not a directory on this host` })
}

function mayRun(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
