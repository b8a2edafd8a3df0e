import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { until } from '../../test/journey/scene.ts'
import { timedCommand } from './timed-command.ts'

const SSHD = '/usr/sbin/sshd'

/** An sshd on a loopback port, with its own keys. */
export interface SshServer {
  /** The command that runs a program over a jump host. */
  ssh(words: readonly string[]): readonly string[]
  /** The command that copies a file to this host. */
  scp(from: string, to: string): readonly string[]
  stop(): void
}

/** Undefined when OpenSSH's server is not installed. */
export async function startSshServer(directory: string): Promise<SshServer | undefined> {
  if (!existsSync(SSHD)) return undefined
  const at = (name: string): string => join(directory, `ssh-${name}`)
  mkdirSync('/run/sshd', { recursive: true })
  for (const name of ['host', 'user']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)])
  copyFileSync(at('user.pub'), at('authorized'))
  const port = await freePort()
  const settings = {
    Subsystem: 'sftp internal-sftp',
    UsePAM: 'no',
    StrictModes: 'no',
    PidFile: 'none',
    ListenAddress: '127.0.0.1',
    AuthorizedKeysFile: at('authorized'),
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const words = ['-D', '-f', '/dev/null', '-p', String(port), '-h', at('host'), ...options]
  const child: ChildProcess = spawn(SSHD, words, { stdio: 'ignore' })
  // ssh hands the file on to the connection to the jump host.
  writeFileSync(
    at('config'),
    `Host *\n  Port ${port}\n  User ${userInfo().username}\n  IdentityFile ${at('user')}\n  IdentitiesOnly yes\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n`,
  )
  const server: SshServer = {
    ssh: command => ['ssh', '-F', at('config'), '-J', '127.0.0.1', '127.0.0.1', ...command],
    scp: (from, to) => ['scp', '-q', '-F', at('config'), from, `127.0.0.1:${to}`],
    stop: () => void child.kill(),
  }
  let last = ''
  await until(
    'sshd answers',
    () =>
      timedCommand(server.ssh(['true'])).then(
        () => true,
        (error: Error) => {
          last = error.message
          return false
        },
      ),
    () => last,
  )
  return server
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
