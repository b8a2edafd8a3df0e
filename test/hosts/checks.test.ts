import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAuthority, issueCertificate } from '../../master/certificates/authority.ts'
import type { ApplyResult, RunOutcome } from '../../master/jobs/results.ts'
import type { ContractResult } from '../../master/verbs/contract.ts'
import { BASE_PACKAGES } from './base-packages.ts'
import type { LabHost } from './lab/host.ts'
import { until } from './lab/until.ts'
import { type LabFleet, openLabFleet } from './lab-fleet.ts'

const FILES = {
  'inventory.yml': 'web1: {roles: [shop], level: staging}\n',
  'pillar/common.yml': `base:
  parts: []
  groups:
    ops: {gid: 10000, members: [anna]}
  users:
    anna: {groups: [ops]}
`,
  'roles/shop/role.yml': `summary: a web server with what can go wrong
include: [base]
contract:
  count: {exactly: 1}
  public_ip: false
  ports: {internal: [80/tcp]}
certificates:
  shop: {common_name: "{{minion.id}}"}
checks:
  answers: {run: [perl, -MIO::Socket::INET, -e, 'exit !IO::Socket::INET->new("{{grains.ip4}}:80")'], require: [{service: nginx}]}
  as nobody: {run: [id, -un], user: nobody, expect: {stdout: nobody}}
`,
  'roles/shop/states.yml': `shop packages:
  pkg.installed: {pkgs: [nginx-light, less]}
nginx:
  service.running: {enable: true, require: [{pkg: shop packages}]}
/etc/shop.conf:
  file.managed: {contents: "colour = blue\\n", mode: "0640"}
/etc/shop.key.conf:
  file.managed: {contents: "x\\n", mode: "0600"}
shop certificate:
  tls.certificate:
    cert: /etc/shop.crt
    key: /etc/shop.key
    ca: /etc/shop-ca.crt
    certificate: "{{certificates.shop.certificate}}"
    private_key: "{{certificates.shop.key}}"
    authority: "{{certificates.shop.ca}}"
`,
}

let fleet: LabFleet
let web1: LabHost

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['web1'],
    level: 'staging',
    files: FILES,
    secrets: {},
    packages: ['nginx-light', 'less', ...BASE_PACKAGES],
    log: line => console.log(`checks: ${line}`),
  })
  web1 = fleet.host('web1')
})

afterAll(async () => {
  await fleet?.close()
})

async function testRun(): Promise<RunOutcome> {
  const { answer } = await fleet.ask<ApplyResult>(['test', 'web1'])
  const [run] = answer.runs
  if (run === undefined) throw new Error('no run')
  return run
}

async function broken(): Promise<readonly string[]> {
  const { exitCode, answer } = await fleet.ask<ContractResult>(['contract'])
  const found = answer.findings.filter(({ ok }) => !ok)
  expect(exitCode).toBe(found.length === 0 ? 0 : 1)
  return found.map(({ kind, role, found: words }) => `${kind} ${role ?? '-'}: ${words}`)
}

test('a dry run on a bare host reports checks that may change, and after an apply all checks pass', async () => {
  const before = await testRun()
  const { exitCode, answer } = await fleet.ask<ApplyResult>(['apply', 'web1'])

  expect(before.state).toBe('done')
  expect(before.checks.map(({ key, outcome }) => `${outcome} ${key}`)).toEqual([
    'may-change firewall/drops by default',
    'may-change metrics/answers',
    'may-change base/sudoers',
    'passed base/no failed units',
    'may-change shop/answers',
    'passed shop/as nobody',
  ])
  expect(answer.runs.flatMap(run => run.checks.filter(({ outcome }) => outcome !== 'passed'))).toEqual([])
  expect(exitCode).toBe(0)
})

test('a compliant host breaks no contract', async () => {
  expect((await testRun()).counts).not.toHaveProperty('would-change')
  expect(await broken()).toEqual([])
})

test('planted faults are each reported exactly once, across states, checks and contracts', async () => {
  const now = Date.now()
  const old = now - 10 * 86_400_000
  const expired = await issueCertificate(
    await createAuthority('another', old),
    { commonName: 'web1', altNames: [], days: 1 },
    old,
  )
  await writeFile(join(web1.root, 'etc/shop.crt'), expired.certificate)
  await web1.must(['systemctl', 'stop', 'nginx'])
  await web1.must(['sh', '-c', 'echo "colour = red" >/etc/shop.conf; chmod 0644 /etc/shop.key.conf'])
  await web1.must(['dpkg', '--purge', 'less'])
  await web1.must(['sh', '-c', 'useradd mallory && gpasswd -a mallory ops'])
  await web1.must([
    'systemd-run',
    '--unit=stray',
    'perl',
    '-MIO::Socket::INET',
    '-e',
    // systemd expands a single $ as a variable.
    '$$s = IO::Socket::INET->new(LocalAddr => "0.0.0.0:8080", Listen => 1) or die; sleep 600',
  ])
  await until(async () => ((await web1.must(['cat', '/proc/net/tcp'])).includes(':1F90') ? true : undefined), {
    what: 'the stray listener',
    timeoutMs: 10_000,
  })

  const run = await testRun()

  expect(run.state).toBe('done')
  expect(run.results.map(({ outcome, key }) => `${outcome} ${key}`).sort()).toEqual([
    'would-change base/group.members/members of ops',
    'would-change shop/file.managed//etc/shop.conf',
    'would-change shop/file.managed//etc/shop.key.conf',
    'would-change shop/pkg.installed/shop packages',
    'would-change shop/service.running/nginx',
    'would-change shop/tls.certificate/shop certificate',
  ])
  expect(run.checks.filter(({ outcome }) => outcome !== 'passed')).toMatchObject([
    { key: 'shop/answers', outcome: 'may-change' },
  ])
  expect(await broken()).toEqual([
    'ports shop: no answer (ECONNREFUSED)',
    expect.stringMatching(/^certificate -: expired at /),
    'ports -: port not declared: 8080/tcp listens at 0.0.0.0',
  ])
})

test('a second minion with the role breaks the count that its contract demands', async () => {
  await fleet.master.writeFile(
    '/srv/fleet/inventory.yml',
    `${FILES['inventory.yml']}web2: {roles: [shop], level: staging}\n`,
  )
  const counts = (await broken()).filter(line => line.startsWith('count'))
  await fleet.master.writeFile('/srv/fleet/inventory.yml', FILES['inventory.yml'])

  expect(counts).toEqual(['count shop: 2: web1, web2'])
})

test('an apply repairs the host, and all checks and contracts pass again', async () => {
  await web1.must(['systemctl', 'stop', 'stray'])
  const { exitCode, answer } = await fleet.ask<ApplyResult>(['apply', 'web1'])

  expect(answer.runs.flatMap(run => run.checks.filter(({ outcome }) => outcome !== 'passed'))).toEqual([])
  expect(exitCode).toBe(0)
  expect((await testRun()).counts).not.toHaveProperty('would-change')
  expect(await broken()).toEqual([])
  expect(await web1.must(['getent', 'group', 'ops'])).toBe('ops:x:10000:anna\n')
})
