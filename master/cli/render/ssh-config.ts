import { AppError } from '../../../protocol/errors.ts'

export interface SshConfigWish {
  readonly minions: readonly string[]
  /** Set when it differs from the socket that `master` finds by default. */
  readonly socket: string | undefined
  /** Distinguishes fleets in `known_hosts`: two of them can both have a `db1`. */
  readonly fleet: string
}

/** Renders lines for ssh_config(5) that let plain ssh, scp and rsync reach every minion through the master. Pure. */
export function renderSshConfig({ minions, socket, fleet }: SshConfigWish): string {
  const words = ['master', ...(socket === undefined ? [] : ['--socket', socket]), 'forward', '--stdio', '%h', '22']
  const command = words.map(word => (word === '%h' ? word : proxyWord(word))).join(' ')
  const hosts = minions.map(minion =>
    [
      `Host ${minion}`,
      `  HostName ${minion}`,
      `  HostKeyAlias ${minion}.${fleet.slice(0, 12)}.saltern`,
      '  CheckHostIP no',
      `  ProxyCommand ${command}`,
      '',
    ].join('\n'),
  )
  return [
    '# Written by `master ssh-config`. Use it with `ssh -F FILE`, or put `Include FILE` at the top of ~/.ssh/config.',
    '',
    ...hosts,
  ].join('\n')
}

/** Quotes a word. ssh replaces `%` tokens and passes the rest to the user's shell, so the word is escaped for both. */
function proxyWord(word: string): string {
  if (/[\n\r\0]/.test(word)) {
    throw new AppError({ code: 'USAGE', message: 'a path with a line break cannot be written to an ssh_config' })
  }
  const escaped = word.replaceAll('%', '%%')
  return /^[A-Za-z0-9_./:%+=@-]+$/.test(escaped) ? escaped : `'${escaped.replaceAll("'", `'\\''`)}'`
}
