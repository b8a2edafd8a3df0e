import { execa } from 'execa'
import { AppError } from '../../protocol/errors.ts'
import { safe } from './render/style.ts'

/** A host without a minion, reached over ssh. */
export interface Remote {
  /** Inspects the host; changes nothing. */
  look(): Promise<HostFacts>
  /** Installs a local Debian package; returns its version. */
  install(file: string): Promise<string>
  /** Joins the minion. The token goes over stdin, because argv is public on the host. */
  join(master: string, id: string, token: string): Promise<void>
}

export interface HostFacts {
  /** As reported by dpkg. */
  readonly architecture: string
  /** The address of our ssh client, as the host sees it. */
  readonly seenFrom: string | undefined
  readonly joined: boolean
}

export interface SshWay {
  readonly host: string
  readonly user: string | undefined
  readonly port: number | undefined
}

/** Excludes a leading dash, spaces, and anything that a shell or ssh would not take as a plain name. */
const HOST = /^[A-Za-z0-9][A-Za-z0-9._:%-]{0,252}$/
const USER = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/
const PLAIN_WORD = /^[A-Za-z0-9[\]:._-]+$/

/** Constant scripts: variable parts are `$1` and `$2`; secret or large input goes over stdin. */
const LOOK = `command -v dpkg >/dev/null || { echo "this host does not run Debian: it has no dpkg" >&2; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
as_root true || exit 1
dpkg --print-architecture
echo "\${SSH_CONNECTION%% *}"
id -u
if as_root test -e /var/lib/saltern/minion/minion.yml; then echo joined; else echo new; fi`
const INSTALL = `set -e
umask 022
file=$(mktemp -d /var/tmp/saltern-XXXXXX)/saltern-minion.deb
trap 'rm -rf "$(dirname "$file")"' EXIT
chmod 755 "$(dirname "$file")"
cat >"$file"
export DEBIAN_FRONTEND=noninteractive
apt-get -q -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$file" </dev/null >&2
dpkg-query -W -f='\${Version}' saltern-minion`
const JOIN = 'exec minion join --master "$1" --id "$2"'

/** Builds the argv of the system's ssh. Throws USAGE for an invalid host or user. Pure. */
export function sshArgv({ host, user, port }: SshWay, command: string): readonly string[] {
  if (!HOST.test(host)) throw usage(`\`${host.slice(0, 80)}\` is not a host name or address`)
  if (user !== undefined && !USER.test(user)) throw usage(`\`${user.slice(0, 80)}\` is not a user name`)
  return [
    '-T',
    '-o',
    'BatchMode=yes',
    '-o',
    'ConnectTimeout=15',
    // Detects a dead host within a minute.
    '-o',
    'ServerAliveInterval=15',
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    '--',
    host,
    command,
  ]
}

/** Builds the command line for the remote shell: a script and its quoted arguments. Pure. */
export function remoteCommand(script: string, words: readonly string[], sudo: boolean): string {
  const bad = words.find(word => !PLAIN_WORD.test(word))
  if (bad !== undefined) throw usage(`\`${bad.slice(0, 80)}\` is neither an address nor an id`)
  return [...(sudo ? ['sudo', '-n'] : []), 'sh', '-c', quoted(script), 'saltern', ...words.map(quoted)].join(' ')
}

/** Connects to a host with the system's ssh, its settings, agent and known hosts. Throws BOOTSTRAP_FAILED. */
export function openRemote(way: SshWay, signal: AbortSignal): Remote {
  let sudo = false
  const run = async (
    what: string,
    script: string,
    input: { readonly file: string } | { readonly text: string },
    words: readonly string[] = [],
  ): Promise<string> => {
    const argv = sshArgv(way, remoteCommand(script, words, sudo))
    const ended = await execa('ssh', argv, {
      reject: false,
      cancelSignal: signal,
      ...('text' in input ? { input: input.text } : { inputFile: input.file }),
    })
    if (ended.exitCode === 0) return ended.stdout
    if (signal.aborted) throw interrupted(way)
    throw failed(way, what, ended.exitCode, `${ended.stderr ?? ''}` || (ended.shortMessage ?? ''))
  }
  return {
    look: async () => {
      const said = await run('inspecting the host', LOOK, { text: '' })
      const [architecture = '', seen = '', uid = '', joined = ''] = said.split('\n')
      sudo = uid !== '0'
      const seenFrom = PLAIN_WORD.test(seen) ? seen : undefined
      return { architecture, seenFrom, joined: joined === 'joined' }
    },
    install: async file => (await run('installing the minion', INSTALL, { file })).trim(),
    join: async (master, id, token) => {
      await run('joining', JOIN, { text: token }, [master, id])
    },
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** Creates the error for ctrl-C: work on the host may be half done. */
export function interrupted({ host }: { readonly host: string }): AppError {
  return new AppError({
    code: 'CALL_INTERRUPTED',
    message: `${host}: interrupted; the installation on the host may be incomplete`,
    hint: 'Run the command again.',
  })
}

function failed({ host, user }: SshWay, what: string, exitCode: number | undefined, stderr: string): AppError {
  const words = stderr.split('\n').map(line => line.trim())
  const last = words.filter(line => line !== '').slice(-3)
  const name = user === undefined ? host : `${user}@${host}`
  return new AppError({
    code: 'BOOTSTRAP_FAILED',
    message: `${host}: ${what} failed${exitCode === undefined ? '' : ` (exit ${exitCode})`}: ${last
      .map(line => safe(line))
      .join(' / ')
      .slice(0, 600)}`,
    hint: hintFor(stderr, name),
  })
}

function hintFor(stderr: string, name: string): string {
  if (stderr.includes('Host key verification failed')) {
    return `Verify and store its host key first: \`ssh -o StrictHostKeyChecking=ask ${name} true\`.`
  }
  if (stderr.includes('Permission denied'))
    return `ssh must log in with a key and without a prompt: \`ssh -o BatchMode=yes ${name} true\`.`
  if (stderr.includes('sudo:')) return 'Log in as root with `--user root`, or let the user sudo without a password.'
  if (stderr.includes('MASTER_UNREACHABLE'))
    return 'Name an address of this machine that the host reaches: `--master ADDRESS:PORT`.'
  return `Try to log in yourself: \`ssh ${name}\`.`
}

function usage(message: string): AppError {
  return new AppError({ code: 'USAGE', message, hint: 'For example, type `master bootstrap db1.example --role db`.' })
}
