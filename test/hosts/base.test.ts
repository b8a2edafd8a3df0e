import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import type { ContractResult } from '../../master/verbs/contract.ts'
import { BASE_PACKAGES } from './base-packages.ts'
import type { LabHost } from './lab/host.ts'
import { until } from './lab/until.ts'
import { type LabFleet, MASTER, openLabFleet } from './lab-fleet.ts'
import { changed, outcomes } from './run-words.ts'

const INVENTORY = `app1: {roles: [base], level: staging}
logs1: {roles: [logs], level: staging}
`
const COMMON = `${MASTER.fleet}/pillar/common.yml`

let fleet: LabFleet
let app1: LabHost
let logs1: LabHost
/** A host of the same network that is not in the fleet. */
let outsider: LabHost
let key: string

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['app1', 'logs1'],
    level: 'staging',
    files: { 'inventory.yml': INVENTORY, 'pillar/common.yml': 'base: {}\n' },
    secrets: {},
    packages: [...BASE_PACKAGES, 'rsyslog', 'rsyslog-gnutls', 'logrotate', 'openssh-client'],
    log: line => console.log(`base: ${line}`),
  })
  app1 = fleet.host('app1')
  logs1 = fleet.host('logs1')
  outsider = await fleet.lab.host({ name: 'outsider' })
  await outsider.must(['apt-get', 'update'])
  await outsider.must(['apt-get', 'install', '-y', '--no-install-recommends', 'openssh-client'], { timeoutMs: 120_000 })
  await outsider.must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/root/.ssh/id_ed25519'])
  key = (await outsider.readFile('/root/.ssh/id_ed25519.pub')).trim()
  await setPillar([key])
})

afterAll(async () => {
  await fleet?.close()
})

async function setPillar(keys: readonly string[], more = ''): Promise<void> {
  const text = `base:
  users:
    anna: {uid: 10001, groups: [ops], sudo: true, keys: ${JSON.stringify(keys)}}
    bert: {uid: 10002, groups: [ops]}
  domain: staging.example
firewall:
  ssh_from: [${outsider.address}/32]
${more}`
  await fleet.master.writeFile(COMMON, text)
}

async function reaches(from: LabHost, to: LabHost, port: number): Promise<boolean> {
  const script = 'exec 3<>"/dev/tcp/$0/$1"'
  const { exitCode } = await from.exec(['timeout', '2', 'bash', '-c', script, to.address, String(port)])
  return exitCode === 0
}

async function apply(target: string): Promise<ApplyResult> {
  const { answer } = await fleet.ask<ApplyResult>(['apply', target])
  expect(answer.runs.flatMap(run => run.results.filter(({ problem }) => problem !== undefined))).toEqual([])
  return answer
}

const ssh = (more: readonly string[] = []): Promise<{ readonly exitCode: number; readonly stdout: string }> =>
  outsider.exec([
    'ssh',
    '-o',
    'BatchMode=yes',
    '-o',
    'StrictHostKeyChecking=accept-new',
    ...more,
    `anna@${app1.address}`,
    'sudo',
    'id',
    '-un',
  ])

test('a dry run of the role base on bare hosts reports pending changes and no failures', async () => {
  const { exitCode, answer } = await fleet.ask<ApplyResult>(['test', '*'])

  expect(answer.runs.flatMap(run => run.results.filter(({ outcome }) => outcome === 'failed'))).toEqual([])
  expect(exitCode).toBe(0)
  const [first] = answer.runs
  const quiet = first?.results.filter(({ outcome }) => outcome === 'unchanged').map(({ type, id }) => `${type} ${id}`)
  expect(quiet?.filter(line => !/^(sysctl\.present|service\.running journald)/.test(line))).toEqual([])
})

test('two applies of the role base bring all hosts to the declared state, and a third changes nothing', async () => {
  await apply('*')
  const second = await apply('*')
  const third = await fleet.ask<ApplyResult>(['apply', '*'])

  expect(second.runs.flatMap(run => run.checks.filter(({ outcome }) => outcome !== 'passed'))).toEqual([])
  expect(third.answer.runs.map(run => `${run.minion} ${changed(run)}`)).toEqual(['app1 0', 'logs1 0'])
  expect(third.exitCode).toBe(0)
  const { answer } = await fleet.ask<ContractResult>(['contract'])
  expect(answer.findings.filter(({ ok }) => !ok)).toEqual([])
})

test('with the role base only ports that roles declare are reachable, and only from the same level', async () => {
  await app1.must([
    'systemd-run',
    '--unit=stray',
    'perl',
    '-MIO::Socket::INET',
    '-e',
    'my $s = IO::Socket::INET->new(LocalAddr => "0.0.0.0:8080", Listen => 5, ReuseAddr => 1) or die; sleep 600',
  ])
  await until(async () => ((await reaches(app1, app1, 8080)) ? true : undefined), {
    what: 'the stray listener',
    timeoutMs: 10_000,
    evidence: async () => {
      const journal = await app1.exec(['journalctl', '-u', 'stray', '--no-pager'])
      return journal.stdout + (await app1.exec(['ss', '-ltn'])).stdout
    },
  })

  const found = {
    'metrics from the level': await reaches(logs1, app1, 9100),
    'metrics from outside': await reaches(outsider, app1, 9100),
    'logs from the level': await reaches(app1, logs1, 6514),
    'logs from outside': await reaches(outsider, logs1, 6514),
    'ssh from where it is allowed': await reaches(outsider, app1, 22),
    'ssh from the level': await reaches(logs1, app1, 22),
    'a stray port from the level': await reaches(logs1, app1, 8080),
  }
  await app1.must(['systemctl', 'stop', 'stray'])

  expect(found).toEqual({
    'metrics from the level': true,
    'metrics from outside': false,
    'logs from the level': true,
    'logs from outside': false,
    'ssh from where it is allowed': true,
    'ssh from the level': false,
    'a stray port from the level': false,
  })
})

test('the role base lets users log in with their keys and become root, and shows the host and level in the login banner', async () => {
  const login = await ssh()
  const password = await ssh(['-o', 'PubkeyAuthentication=no', '-v'])

  expect(login.stdout.trim()).toBe('root')
  expect(password.exitCode).toBe(255)
  const { stderr } = await outsider.exec(['ssh', '-o', 'BatchMode=yes', `bert@${app1.address}`, 'true'])
  expect(stderr).toContain('STAGING  app1')
  expect(stderr).toContain('Permission denied (publickey)')
})

test('the role base adds the other hosts to /etc/hosts and ssh_known_hosts and keeps existing lines', async () => {
  expect((await app1.must(['getent', 'hosts', 'logs1.staging.example'])).trim()).toMatch(
    new RegExp(`^${logs1.address.replaceAll('.', '\\.')} `),
  )
  const known = (await app1.readFile('/etc/ssh/ssh_known_hosts')).split('\n')
  const key1 = (await logs1.readFile('/etc/ssh/ssh_host_ed25519_key.pub')).trim()
  expect(known).toContain(`logs1,logs1.staging.example,${logs1.address} ${key1}`)
  expect(await app1.readFile('/etc/hosts')).toContain('127.0.0.1 localhost\n')
})

test('the role base forwards a log line of a host to the log host', async () => {
  await app1.must(['logger', '-t', 'canary', 'a line that travels'])

  const line = await until(
    async () => {
      const found = await logs1.exec(['sh', '-c', `cat /var/log/fleet/${app1.address}/*.log`])
      return found.stdout.split('\n').find(text => text.includes('a line that travels'))
    },
    {
      what: 'the line',
      timeoutMs: 20_000,
      evidence: async () =>
        (await logs1.exec(['journalctl', '-u', 'rsyslog', '-n', '20', '--no-pager'])).stdout +
        (await app1.exec(['journalctl', '-u', 'rsyslog', '-n', '20', '--no-pager'])).stdout,
    },
  )

  expect(line).toContain('canary')
})

test('the role base detects and repairs firewall rules that were deleted and keys that were added by hand', async () => {
  await app1.must(['nft', 'delete', 'table', 'inet', 'fleet'])
  await app1.must(['sh', '-c', 'cat /etc/ssh/ssh_host_ed25519_key.pub >>/home/anna/.ssh/authorized_keys'])
  await app1.must(['sh', '-c', 'sed -i s/10001/10009/ /etc/sudoers.d/60-fleet; rm /etc/motd'])

  const { answer } = await fleet.ask<ApplyResult>(['test', 'app1'])
  const applied = await apply('app1')

  expect(outcomes(answer.runs[0]).filter(line => line.startsWith('would-change'))).toEqual([
    'would-change nftables.table firewall',
    'would-change ssh_auth.exclusive keys of anna',
    'would-change file.managed /etc/motd',
  ])
  expect(applied.runs.map(changed)).toEqual([3])
  expect(await reaches(outsider, app1, 9100)).toBe(false)
})

test('the role base removes users, authorized keys and SSH access from the host when they are removed from the pillar', async () => {
  await setPillar([], '')
  await fleet.master.must(['sed', '-i', '/bert:/d; s/^  domain:/  users_absent: [bert]\\n  domain:/', COMMON])
  await fleet.master.must(['sed', '-i', 's/ssh_from: .*/ssh_from: []/', COMMON])

  await apply('app1')

  expect((await app1.exec(['id', 'bert'])).exitCode).toBe(1)
  expect(await app1.readFile('/home/anna/.ssh/authorized_keys')).toBe('')
  expect(await reaches(outsider, app1, 22)).toBe(false)
})

test('a firewall table that cuts the host off is reverted to its previous state automatically', async () => {
  const wall = (policy: string): string => `table inet wall {
  chain input { type filter hook input priority 10; policy ${policy}; }
  chain output { type filter hook output priority 10; policy ${policy}; }
}
`
  const setWall = (policy: string): Promise<void> =>
    fleet.master.writeFile(
      `${MASTER.fleet}/roles/wall/states.yml`,
      `wall:\n  nftables.table: {name: inet wall, contents: ${JSON.stringify(wall(policy))}, confirm: 5}\n`,
    )
  await fleet.master.writeFile(`${MASTER.fleet}/roles/wall/role.yml`, 'summary: a wall\ninclude: [firewall]\n')
  await fleet.master.writeFile(`${MASTER.fleet}/inventory.yml`, INVENTORY.replace('[base]', '[base, wall]'))

  await setWall('drop')
  const first = await fleet.ask<ApplyResult>(['apply', 'app1'])
  const afterFirst = await app1.must(['nft', 'list', 'ruleset'])
  await setWall('accept')
  await apply('app1')
  await setWall('drop')
  const second = await fleet.ask<ApplyResult>(['apply', 'app1'])

  for (const { exitCode, answer } of [first, second]) {
    expect(exitCode).toBe(1)
    const results = answer.runs[0]?.results.filter(({ role }) => role === 'wall')
    expect(results).toMatchObject([{ id: 'wall', outcome: 'reverted', problem: { code: 'NOT_CONFIRMED' } }])
  }
  expect(afterFirst).not.toContain('wall')
  expect(await app1.must(['nft', 'list', 'table', 'inet', 'wall'])).toMatch(/policy accept.*policy accept/s)
  expect(await app1.readFile('/etc/nftables.d/inet-wall.nft')).toContain('policy accept')
})
