import { basename } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labDebs } from './debs.ts'
import type { LabHost } from './lab/host.ts'
import { defaultCacheDir } from './lab/lab.ts'
import { installDeb, type LabFleet, openLabFleet } from './lab-fleet.ts'
import { INSTALL, introduce, operatorAt } from './operator.ts'

/* Problems of a host, or of a name, during the installation of a minion. */

let fleet: LabFleet
let web1: LabHost
let web2: LabHost
const { say, online } = operatorAt(() => fleet.master)

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['db1'],
    level: 'staging',
    files: {},
    secrets: {},
    packages: ['openssh-client', 'openssh-server', 'sudo'],
    log: line => console.log(`bootstrap: ${line}`),
  })
  ;[web1, web2] = await Promise.all([fleet.lab.host({ name: 'web1' }), fleet.lab.host({ name: 'web2' })])
  await introduce([fleet.master, web1, web2])
  await Promise.all([
    fleet.master.must([...INSTALL, 'openssh-client'], { timeoutMs: 300_000 }),
    web1.must([...INSTALL, 'openssh-server', 'sudo'], { timeoutMs: 300_000 }),
  ])
})

afterAll(async () => {
  await fleet?.close()
})

test('bootstrap rejects a host or user that ssh would parse as an option, and runs nothing', async () => {
  const said = await say(['bootstrap', '--', '-oProxyCommand=touch /tmp/injected'])
  const user = await say(['bootstrap', '--user=-oProxyCommand=touch /tmp/injected', 'web1.example'])

  for (const { exitCode, stderr } of [said, user]) expect(`${exitCode} ${stderr}`).toMatch(/^2 .*USAGE/s)
  expect((await fleet.master.exec(['test', '-e', '/tmp/injected'])).exitCode).toBe(1)
})

test('bootstrap fails with a hint when the host is offline, its host key is unknown, or it accepts no key', async () => {
  const offline = await say(['bootstrap', fleet.lab.network.addressOf(90), '--id', 'away1'])
  const unknown = await say(['bootstrap', 'web1.example'])
  await fleet.master.must(['sh', '-c', 'umask 077; mkdir -p .ssh; ssh-keyscan web1.example >.ssh/known_hosts'])
  const closed = await say(['bootstrap', 'web1.example'])

  for (const { exitCode, stderr } of [offline, unknown, closed]) {
    expect(`${exitCode} ${stderr}`).toMatch(/^1 .*BOOTSTRAP_FAILED/s)
  }
  expect(offline.stderr).toMatch(/No route to host|timed out/)
  expect(unknown.stderr).toContain('StrictHostKeyChecking=ask')
  expect(closed.stderr).toContain('ssh must log in with a key and without a prompt')
})

test('bootstrap fails with a hint when the host does not run Debian or the minion id is taken', async () => {
  await fleet.master.must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/root/.ssh/id_ed25519'])
  const key = await fleet.master.readFile('/root/.ssh/id_ed25519.pub')
  await web1.writeFile('/root/.ssh/authorized_keys', key, '0600')
  await web1.must(['mv', '/usr/bin/dpkg', '/usr/bin/dpkg.away'])
  const strange = await say(['bootstrap', 'web1.example'])
  await web1.must(['mv', '/usr/bin/dpkg.away', '/usr/bin/dpkg'])
  const second = await say(['bootstrap', 'web1.example', '--id', 'db1'])

  expect(`${strange.exitCode} ${strange.stderr}`).toMatch(/^1 .*does not run Debian/s)
  expect(`${second.exitCode} ${second.stderr}`).toMatch(/^1 .*there is already a minion db1/s)
  expect((await web1.exec(['dpkg', '-s', 'saltern-minion'])).exitCode).toBe(1)
  expect((await say(['join-token', 'list'])).stdout).not.toContain('web1')
})

describe('a bootstrap as another user', () => {
  const words = ['bootstrap', 'web1.example', '--user', 'admin']

  test('bootstrap as another user requires passwordless sudo', async () => {
    await web1.must(['useradd', '--create-home', '--shell', '/bin/bash', 'admin'])
    await web1.writeFile('/home/admin/.ssh/authorized_keys', await web1.readFile('/root/.ssh/authorized_keys'))
    await web1.must(['chown', '-R', 'admin:admin', '/home/admin/.ssh'])

    const { exitCode, stderr } = await say(words)

    expect(`${exitCode} ${stderr}`).toMatch(/^1 .*--user root/s)
  })

  test('a bootstrap that fails halfway leaves no token behind and can be repeated', async () => {
    await web1.writeFile('/etc/sudoers.d/admin', 'admin ALL=(ALL) NOPASSWD: ALL\n', '0440')
    const astray = await say([...words, '--master', `${web1.address}:9`])
    const tokens = JSON.parse((await say(['--json', 'join-token', 'list'])).stdout) as {
      tokens: { minion?: string; state: string }[]
    }
    const done = await say(words)

    expect(`${astray.exitCode} ${astray.stderr}`).toMatch(/^1 .*--master ADDRESS:PORT/s)
    expect(tokens.tokens.filter(({ minion, state }) => minion === 'web1' && state === 'good')).toEqual([])
    expect(`${done.exitCode} ${done.stdout}${done.stderr}`).toMatch(/^0 web1 is online, version 0\.0\.1/)
    await online('db1', 'web1')
  })

  test('bootstrap leaves a host that has already joined unchanged', async () => {
    const { exitCode, stderr } = await say(words)

    expect(`${exitCode} ${stderr}`).toMatch(/^1 .*already joined a fleet/s)
    await online('db1', 'web1')
  })
})

test('a join token works for its own minion id and not for an id that is taken', async () => {
  const { minion } = await labDebs(defaultCacheDir())
  await installDeb(web2, minion)
  const join = async (id: string, token: string): Promise<string> => {
    const words = ['minion', 'join', '--master', `${fleet.master.address}:7443`, '--id', id]
    const { exitCode, stderr } = await web2.exec(words, { stdin: token })
    return `${exitCode} ${stderr}`
  }

  expect(await join('db1', (await say(['join-token', 'create'])).stdout)).toMatch(/^1 .*HANDSHAKE_REFUSED/s)
  expect(await join('web2', (await say(['join-token', 'create', '--id', 'db1'])).stdout)).toMatch(/^1 .*REFUSED/s)
  expect((await web2.exec(['systemctl', 'is-active', 'saltern-minion'])).stdout.trim()).toBe('inactive')
  expect(basename(minion)).toContain('0.0.1')
  await online('db1', 'web1')
})
