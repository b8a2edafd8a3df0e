import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { LinesToType } from '../house/lines-to-type.ts'
import { BASE_PACKAGES } from './base-packages.ts'
import type { LabHost } from './lab/host.ts'
import { until } from './lab/until.ts'
import { type LabFleet, MASTER, openLabFleet } from './lab-fleet.ts'
import { Typing } from './typing.ts'

/** How docs/shell.md gives an account the shell. */
const lines = new LinesToType('test/hosts/jump-box.test.ts', 'docs/shell.md')

const INSTALL = ['apt-get', 'install', '-y', '--no-install-recommends']
const SHELL = '/usr/bin/saltern-shell'
const PROMPT = /(?:^|\n)fleet[^\n]*> $/
const ENTER = '\r'

/** anna may see and apply staging. */
const OPERATORS = `operators:
  anna:
    rights:
      - {verbs: [look, apply], target: level=staging}
`

let fleet: LabFleet
let jump: LabHost
let desk: LabHost
const typings: Typing[] = []

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['web1', 'db1'],
    level: 'staging',
    files: {
      'inventory.yml': 'web1: {roles: [base], level: staging}\ndb1: {level: production}\n',
      'pillar/common.yml': 'base: {parts: []}\n',
    },
    secrets: {},
    packages: ['openssh-client', ...BASE_PACKAGES],
    log: line => console.log(`jump box: ${line}`),
  })
  jump = fleet.master
  desk = await fleet.lab.host({ name: 'desk' })
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await Promise.all([
    jump.must([...INSTALL, 'openssh-server'], { env, timeoutMs: 300_000 }),
    desk.must([...INSTALL, 'openssh-client'], { env, timeoutMs: 300_000 }),
  ])
  await jump.must(['sh', '-c', lines.take(`useradd --create-home --shell ${SHELL} anna`)])
  await jump.must(['useradd', '--create-home', '--shell', '/bin/sh', 'bert'])
  const path = `${MASTER.fleet}/fleet.yml`
  await jump.writeFile(path, `${await jump.readFile(path)}${OPERATORS}`)
  await jump.writeFile(
    '/etc/ssh/sshd_config.d/operators.conf',
    `Match User anna
  AllowTcpForwarding no
  AllowAgentForwarding no
  AllowStreamLocalForwarding no
  X11Forwarding no
  PermitTunnel no
Match User bert
  ForceCommand ${SHELL}
`,
  )
  await jump.must(['systemctl', 'restart', 'ssh'])
  await desk.must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/root/.ssh/id_ed25519'])
  for (const user of ['anna', 'bert']) {
    await jump.writeFile(`/home/${user}/.ssh/authorized_keys`, await desk.readFile('/root/.ssh/id_ed25519.pub'))
    await jump.must(['chown', '-R', `${user}:${user}`, `/home/${user}/.ssh`])
  }
  await until(async () => ((await su('status')).stderr.includes('MASTER_NOT_RUNNING') ? undefined : true), {
    what: 'the socket of anna',
    timeoutMs: 30_000,
    everyMs: 250,
  })
})

afterEach(() => {
  for (const typing of typings.splice(0)) typing.close()
})
afterAll(async () => {
  await fleet?.close()
})

/** Runs one line as anna, by su on the jump box. */
const su = (line: string) => jump.exec(['su', '-', 'anna', '-c', line])
/** Runs one line as anna, by ssh from her workstation. */
const ssh = (words: readonly string[], user = 'anna') => {
  const options = ['-o', 'StrictHostKeyChecking=accept-new', '-o', 'BatchMode=yes']
  return desk.exec(['ssh', ...options, `${user}@${jump.address}`, ...words])
}

function typing(host: LabHost, argv: readonly string[]): Typing {
  const one = new Typing(host.spawn(argv, { env: { TERM: 'xterm-256color' } }))
  typings.push(one)
  return one
}

test('the master package adds saltern-shell to /etc/shells', async () => {
  expect(await jump.readFile('/etc/shells')).toMatch(/^\/usr\/bin\/saltern-shell$/m)
})

test('an operator whose login shell is the jump box sees and can do only what their rights allow', async () => {
  const terminal = typing(jump, ['script', '-qfec', 'su - anna', '/dev/null'])

  const banner = await terminal.sees(PROMPT)
  expect(banner).toContain('you are anna')
  expect(banner).toMatch(/STAGING +1 of 1 online/)
  expect(banner).not.toMatch(/PRODUCTION|db1/)
  terminal.type(`ls${ENTER}`)
  const listed = await terminal.sees(PROMPT)
  expect(listed).toMatch(/web1 +online +staging/)
  expect(listed).not.toContain('db1')
  terminal.type(`apply db1${ENTER}`)
  expect(await terminal.sees(/fleet \[2\]> $/)).toMatch(/RIGHT_DENIED: anna may not `apply` on db1/)
  terminal.type(`use web1${ENTER}`)
  await terminal.sees(/fleet web1> $/)
  terminal.type(`apply${ENTER}`)
  expect(await terminal.sees(/fleet web1> $/)).toMatch(/web1 {2}done/)
  expect(await fleet.host('web1').readFile('/etc/motd')).toMatch(/^ {2}STAGING {2}web1$/m)
  terminal.type(`exit${ENTER}`)
  expect(await terminal.ends()).toBe(0)
})

test('an operator whose login shell is the jump box can run one command by ssh and gets its exit code', async () => {
  expect(await ssh(['ping web1'])).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^web1 {2}online/) })
  expect(await ssh(['ping db1'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('RIGHT_DENIED') })
  expect(await su('ping web1')).toMatchObject({ exitCode: 0 })
})

test('an operator whose login shell is the jump box can run no other program and forward no port', async () => {
  for (const line of ['/bin/sh', 'id; ls', '/usr/lib/openssh/sftp-server', 'scp -t /tmp']) {
    const said = await ssh([line])
    expect(said, line).toMatchObject({ exitCode: 2, stdout: '' })
    expect(said.stderr, line).toMatch(/USAGE|SHELL_SYNTAX/)
  }
  const forwarded = await ssh(['-W', '127.0.0.1:7443'])
  expect(forwarded.exitCode).not.toBe(0)
})

test('a user who is not an operator gets only the forced shell, and no answer from the master', async () => {
  const said = await ssh(['ping web1'], 'bert')

  expect(said).toMatchObject({ exitCode: 4, stdout: '' })
  expect(said.stderr).toContain('MASTER_NOT_RUNNING')
  expect(await ssh(['id'], 'bert')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('USAGE') })
  await jump.must(['sh', '-c', lines.take(`chsh --shell ${SHELL} bert`)])
  expect(await ssh(['id'], 'bert')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('USAGE') })
  expect(lines.left).toEqual([])
})
