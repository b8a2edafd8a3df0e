import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import type { LabHost } from './lab/host.ts'
import { until } from './lab/until.ts'
import { type LabFleet, MASTER, openLabFleet } from './lab-fleet.ts'
import { changed, outcomes, troubles } from './run-words.ts'

const KEY = '/etc/wireguard/private.key'
const LINK = `    web-core:
      ends:
        core1: {interface: wg-web1, address: ["10.99.0.1/30", "fd00:51::1/126"], port: 51821}
        web1: {interface: wg-core, address: ["10.99.0.2/30", "fd00:51::2/126"], port: 51820, keepalive: 25}
`

let fleet: LabFleet
let core: LabHost
let web: LabHost

function pillar(more: string, links = LINK): string {
  return `wireguard:\n${more}  links:\n${links}`
}

async function setPillar(text: string): Promise<void> {
  await fleet.master.writeFile(`${MASTER.fleet}/pillar/wireguard.yml`, text)
}

async function apply(): Promise<ApplyResult> {
  const { exitCode, answer } = await fleet.ask<ApplyResult>(['apply', 'role=wireguard'])
  expect(troubles(answer)).toEqual([])
  expect(exitCode).toBe(0)
  return answer
}

function ping(from: LabHost, to: string): Promise<{ readonly exitCode: number | null }> {
  return from.exec(['ping', '-q', '-c', '1', '-W', '2', to])
}

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['core1', 'web1'],
    level: 'staging',
    files: {
      'inventory.yml': 'core1: {roles: [wireguard], level: staging}\nweb1: {roles: [wireguard], level: staging}\n',
      'pillar/top.yml': '- match: role=wireguard\n  files: [wireguard]\n',
      'pillar/wireguard.yml': pillar(''),
    },
    secrets: {},
    packages: ['wireguard-tools', 'wireguard-go', 'iproute2', 'iputils-ping'],
    log: line => console.log(`wireguard: ${line}`),
  })
  core = fleet.host('core1')
  web = fleet.host('web1')
})

afterAll(async () => {
  await fleet?.close()
})

test('the role wireguard fails on a kernel without WireGuard and installs no replacement by itself', async () => {
  const { exitCode, answer } = await fleet.ask<ApplyResult>(['apply', 'role=wireguard'])

  expect(exitCode).toBe(1)
  expect(JSON.stringify(answer)).toContain('wg-quick@')
  expect((await web.exec(['which', 'wireguard-go'])).exitCode).not.toBe(0)
})

test('the role wireguard with `implementation: userspace` brings up both ends with keys and addresses from their exports', async () => {
  await setPillar(pillar('  implementation: userspace\n'))

  await apply()

  expect((await ping(web, '10.99.0.1')).exitCode).toBe(0)
  expect((await ping(core, 'fd00:51::2')).exitCode).toBe(0)
  const peer = await web.must(['wg', 'show', 'wg-core', 'peers'])
  expect(peer.trim()).toBe((await core.readFile(`${KEY}.pub`)).trim())
  expect(await web.must(['wg', 'show', 'wg-core', 'endpoints'])).toContain(`${core.address}:51821`)
  expect(await web.must(['ip', 'route'])).not.toContain('default dev wg-core')
})

test('a second apply of the role wireguard changes nothing', async () => {
  expect((await apply()).runs.map(run => changed(run))).toEqual([0, 0])
})

test('the private keys of the role wireguard never leave their host and are readable only by root', async () => {
  const keys = await Promise.all([core, web].map(async host => (await host.readFile(KEY)).trim()))

  for (const key of keys) {
    const found = await fleet.master.exec(['grep', '-rlaF', key, '/var/lib/saltern', '/srv', '/var/log', '/run'])
    expect(found.stdout).toBe('')
    expect(await fleet.must(['--json', 'report', 'web1'])).not.toContain(key)
  }
  expect(await web.must(['stat', '-c', '%a %U', KEY, '/etc/wireguard', '/etc/wireguard/wg-core.conf'])).toBe(
    '600 root\n700 root\n600 root\n',
  )
})

test('a WireGuard peer removed by hand is reported by a dry run and restored without a restart', async () => {
  const peer = (await core.readFile(`${KEY}.pub`)).trim()
  const starts = async (): Promise<string> =>
    web.must(['systemctl', 'show', '-P', 'ActiveEnterTimestampMonotonic', 'wg-quick@wg-core'])
  const before = await starts()
  await web.must(['wg', 'set', 'wg-core', 'peer', peer, 'remove'])

  const tested = await fleet.ask<ApplyResult>(['test', 'web1', '--detailed-exitcode'])
  const applied = await fleet.ask<ApplyResult>(['apply', 'web1'])

  expect(outcomes(tested.answer.runs[0])).toContain('would-change wireguard.interface link web-core')
  expect(applied.exitCode).toBe(0)
  expect((await ping(web, '10.99.0.1')).exitCode).toBe(0)
  expect(await starts()).toBe(before)
})

test('an apply restores a WireGuard interface that was deleted', async () => {
  await web.must(['ip', 'link', 'delete', 'wg-core'])

  await fleet.ask<ApplyResult>(['apply', 'web1'])

  expect((await ping(web, '10.99.0.1')).exitCode).toBe(0)
})

test('a WireGuard tunnel is up again after a reboot', async () => {
  await web.reboot()
  await fleet.allHere()

  await until(async () => ((await ping(web, '10.99.0.1')).exitCode === 0 ? true : undefined), {
    what: 'the tunnel after a boot',
    timeoutMs: 20_000,
  })
})

test('a link removed from the pillar of the role wireguard is removed from both hosts', async () => {
  await setPillar(pillar('  implementation: userspace\n', '    {}\n'))

  await apply()

  for (const host of [core, web]) {
    expect(await host.must(['ip', '-br', 'link'])).not.toContain('wg-')
    expect(await host.must(['ls', '/etc/wireguard'])).toBe('private.key\nprivate.key.pub\n')
  }
})
