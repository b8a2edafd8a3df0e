import { readdir, readFile } from 'node:fs/promises'
import type { SystemReader } from '../../states/system.ts'
import { type Accounts, parseAccounts } from './accounts.ts'

/** Users and groups of this host, cached until `forget`. */
export interface AccountTable {
  /** What `look` finds; it is asked again with all sources of nsswitch.conf(5) when the files of the host do not have it. */
  find<T>(look: (accounts: Accounts) => T | undefined): Promise<T | undefined>
  forget(): void
}

/** Directories of userdb records, and the socket of systemd-homed: both can add users of the files to groups, nss-systemd(8). */
const USERDB: readonly string[] = [
  ...['/etc', '/run', '/run/host', '/usr/local/lib', '/usr/lib'].map(directory => `${directory}/userdb`),
  '/run/systemd/userdb/io.systemd.Home',
]

/**
 * Reads /etc/passwd and /etc/group where nsswitch.conf(5) asks them first, and starts getent(1) only for what they do not have.
 * `etc` is the directory of these files.
 */
export function accountTable(run: SystemReader['query'], etc = '/etc', userdb = USERDB): AccountTable {
  let files: Promise<Accounts | undefined> | undefined
  let all: Promise<Accounts> | undefined
  const read = async (): Promise<Accounts | undefined> => {
    const [nsswitch, passwd, group] = await Promise.all(
      ['nsswitch.conf', 'passwd', 'group'].map(name => readFile(`${etc}/${name}`, 'utf8')),
    )
    if (!asksFilesFirst(nsswitch ?? '') || (await userdbAdds(userdb))) return undefined
    return parseAccounts(passwd ?? '', group ?? '')
  }
  const enumerate = async (): Promise<Accounts> => {
    const [passwd, group] = await Promise.all([run(['getent', 'passwd']), run(['getent', 'group'])])
    return parseAccounts(passwd.stdout, group.stdout)
  }
  return {
    async find(look) {
      files ??= read().catch(() => undefined)
      const accounts = await files
      const found = accounts === undefined ? undefined : look(accounts)
      if (found !== undefined) return found
      all ??= enumerate().catch((error: unknown) => {
        // Read again after a failure.
        all = undefined
        throw error
      })
      return look(await all)
    },
    forget() {
      files = undefined
      all = undefined
    },
  }
}

/** A source that may add groups to users of the files; for `systemd`, `userdbAdds` decides. */
const OTHERS_ADD = /^(?:passwd|group|initgroups):(?!\s*files(?:\s+systemd)?\s*(?:#.*)?$)/m

/** True when an account in the files is complete, so that no other source is asked for it. Pure. */
export function asksFilesFirst(nsswitch: string): boolean {
  return /^passwd:/m.test(nsswitch) && /^group:/m.test(nsswitch) && !OTHERS_ADD.test(nsswitch)
}

/** True when one of the paths is a directory with files, or something else that exists. */
async function userdbAdds(paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    paths.map(path =>
      readdir(path).then(
        names => names.length > 0,
        (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
      ),
    ),
  )
  return found.includes(true)
}
