import { expect, it } from 'vitest'
import { remoteCommand, sshArgv } from '../../../master/cli/remote-host.ts'
import { AppError } from '../../../protocol/errors.ts'

const way = (host: string, user?: string): { host: string; user: string | undefined; port: undefined } => {
  return { host, user, port: undefined }
}

it('the ssh argv ends with `--`, the host and one command', () => {
  const argv = sshArgv({ host: 'db1.example', user: 'admin', port: 2222 }, 'true')

  expect(argv.slice(-3)).toEqual(['--', 'db1.example', 'true'])
  expect(argv.join(' ')).toContain('-o BatchMode=yes')
  expect(argv.join(' ')).toContain('-l admin -p 2222 --')
})

it.each(['db1', '10.0.0.1', 'fe80::1%eth0', 'my_alias'])('the ssh argv accepts the host %s', host => {
  expect(sshArgv(way(host), 'true')).toContain(host)
})

it.each(['-oProxyCommand=touch x', '', ' db1', 'db1;id', 'db1 x', 'db1\nx', '$(id)', '`id`', 'root@db1'])(
  'the ssh argv rejects the host %j',
  host => {
    expect(() => sshArgv(way(host), 'true')).toThrow(AppError)
  },
)

it.each(['-l', 'a b', 'a;b', '', '$x'])('the ssh argv rejects the user %j', user => {
  expect(() => sshArgv(way('db1', user), 'true')).toThrow(AppError)
})

it('a remote command quotes its script and arguments', () => {
  expect(remoteCommand("echo 'x'", ['10.0.0.1:7443', 'db1'], true)).toBe(
    "sudo -n sh -c 'echo '\\''x'\\''' saltern '10.0.0.1:7443' 'db1'",
  )
})

it.each(["a'b", 'a b', '$(id)', 'a\nb'])('a remote command rejects the argument %j', word => {
  expect(() => remoteCommand('true', [word], false)).toThrow(AppError)
})
