import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import { established, onLan, refusedBy, routesOf, runForeignBird } from './bgp-peers.ts'
import { OTHER, PEER, PEER_PASSWORD, REFUSED, ROUTER, SAID } from './bird-announcements.ts'
import { dhcpDiscover, foreignArp, lldp, macOf, routerAdvertisement, sendFrame } from './ixp-frames.ts'
import type { LabHost } from './lab/host.ts'
import { until } from './lab/until.ts'
import { type LabFleet, MASTER, openLabFleet } from './lab-fleet.ts'
import { changed, outcomes, troubles } from './run-words.ts'

let fleet: LabFleet
let ixp: LabHost
let core: LabHost
let peer: LabHost
let collector: Socket
let samples: Buffer[] = []

/** Pillar data that both ends of the link share. */
const LINKS = `base: {parts: []}
wireguard:
  implementation: userspace
  links:
    ixp-core:
      ends:
        core1: {interface: wg-ixp1, address: ["10.99.0.1/30", "fd00:51::1/126"], port: 51821}
        ixp1: {interface: wg-core, address: ["10.99.0.2/30", "fd00:51::2/126"], port: 51820, keepalive: 25}
bird:
  asn: ${ROUTER.asn}
  prefixes: [{prefix: 193.0.24.0/23}, {prefix: "2a06:de00:50::/44"}]
`
const CORE = `bird:
  neighbors:
    ixp: {kind: edge, asn: ${ROUTER.asn}, v4: 10.99.0.2, v6: "fd00:51::2"}
`

function ixpPillar(address: string, gateway: string, port: number, more = ''): string {
  return `ixp:
  interface: host0
  addresses: [${ROUTER.v4}/24, "${ROUTER.v6}/64", ${address}/24]
flow:
  collector: {address: ${gateway}, port: ${port}}
  interface: host0
  sampling: 1
bird:
  rpki:
    roas:
      - {prefix: 185.1.8.0/22, asn: ${OTHER}, max: 24}
      - {prefix: "2a00:2:1::/48", asn: ${OTHER}}
  neighbors:
    core: {kind: core, asn: ${ROUTER.asn}, v4: 10.99.0.1, v6: "fd00:51::1"}
    peer: {kind: peer, asn: ${PEER.asn}, v4: ${PEER.v4}, v6: "${PEER.v6}", prefixes: [185.1.0.0/16, "2a00:1::/32", "2a00:2::/32"]}
${more}`
}

async function setPillar(more = ''): Promise<void> {
  const { gateway } = fleet.lab.network
  const text = ixpPillar(ixp.address, gateway, collector.address().port, more)
  await fleet.master.writeFile(`${MASTER.fleet}/pillar/ixp.yml`, text)
}

async function apply(): Promise<ApplyResult> {
  const { exitCode, answer } = await fleet.ask<ApplyResult>(['apply', '*'])
  expect(troubles(answer)).toEqual([])
  expect(exitCode).toBe(0)
  return answer
}

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['core1', 'ixp1'],
    level: 'staging',
    files: {
      'inventory.yml': 'core1: {roles: [wireguard, bird], level: staging}\nixp1: {roles: [ixp], level: staging}\n',
      'pillar/top.yml': `- match: role=wireguard
  files: [links]
- match: ixp1
  files: [ixp, passwords]
- match: core1
  files: [core]
`,
      'pillar/links.yml': LINKS,
      'pillar/core.yml': CORE,
      'pillar/ixp.yml': 'bird: {}\n',
    },
    secrets: { passwords: { 'bird.neighbors.peer.password': PEER_PASSWORD } },
    packages: [
      'bird2',
      'prometheus-bird-exporter',
      'prometheus-node-exporter',
      'nftables',
      'wireguard-tools',
      'wireguard-go',
      'iproute2',
      'iputils-ping',
      'pmacct',
      'sudo',
      'ca-certificates',
      'procps',
    ],
    log: line => console.log(`ixp: ${line}`),
  })
  ixp = fleet.host('ixp1')
  core = fleet.host('core1')
  peer = await fleet.lab.host({ name: 'peer' })
  collector = createSocket('udp4', message => samples.push(message)).bind(0, fleet.lab.network.gateway)
  await once(collector, 'listening')
  await Promise.all([onLan(ixp, ROUTER), onLan(peer, PEER), setPillar()])
  await runForeignBird(peer, { own: PEER, router: ROUTER, password: PEER_PASSWORD, routes: SAID })
})

afterAll(async () => {
  collector?.close()
  await fleet?.close()
})

test('a dry run of the role ixp on a bare host reports pending changes and no failures', async () => {
  const { exitCode, answer } = await fleet.ask<ApplyResult>(['test', '*', '--detailed-exitcode'])

  expect(exitCode).toBe(5)
  expect(answer.runs.flatMap(outcomes).filter(line => line.startsWith('failed'))).toEqual([])
  expect(outcomes(answer.runs.find(({ minion }) => minion === 'ixp1'))).toEqual(
    expect.arrayContaining([
      'may-change nftables.table the peering LAN',
      'may-change wireguard.interface link ixp-core',
    ]),
  )
})

test('one apply of the role ixp brings up the BGP sessions and both tunnel ends, and another apply changes nothing', async () => {
  await apply()

  await established(ixp, ['peer_v4', 'peer_v6', 'core_v4', 'core_v6'])
  expect((await ixp.exec(['ping', '-q', '-c', '1', '-W', '2', '10.99.0.1'])).exitCode).toBe(0)
  expect((await core.exec(['ping', '-q', '-c', '1', '-W', '2', 'fd00:51::2'])).exitCode).toBe(0)
  expect((await apply()).runs.map(run => changed(run))).toEqual([0, 0])
})

test('the role ixp uses the filter table of the role bird and announces only its own prefixes to its peer', async () => {
  const refused = async () => ({
    ...(await refusedBy(ixp, ROUTER.asn, 'peer_v4')),
    ...(await refusedBy(ixp, ROUTER.asn, 'peer_v6')),
  })

  expect(await refused()).toEqual(REFUSED)
  expect([...(await routesOf(peer, ['protocol', 'router_v4'])).keys()]).toEqual(['193.0.24.0/23'])
  expect([...(await routesOf(peer, ['protocol', 'router_v6'])).keys()]).toEqual(['2a06:de00:50::/44'])
})

test('the role ixp passes accepted routes to the core through the tunnel, and no rejected ones', async () => {
  const v4 = await routesOf(core, ['protocol', 'ixp_v4'])
  const v6 = await routesOf(core, ['protocol', 'ixp_v6'])

  expect([...v4.keys()]).toEqual(expect.arrayContaining(['185.1.0.0/22', '185.1.4.0/22']))
  expect(v4.get('185.1.0.0/22')).toMatch(/via 10\.99\.0\.2 on wg-ixp1/)
  expect([...v6.keys()]).toEqual(expect.arrayContaining(['2a00:1::/32', '2a00:2::/32']))
  expect([...v4.keys(), ...v6.keys()].filter(prefix => prefix in REFUSED)).toEqual([])
})

test('the role ixp sends no LLDP, DHCP, router advertisement or foreign ARP to the exchange LAN', async () => {
  const mac = await macOf(ixp)
  const dropped = async (what: RegExp): Promise<number> => {
    const table = await ixp.must(['nft', 'list', 'chain', 'netdev', 'ixp_lan', 'out'])
    const line = table.split('\n').find(one => what.test(one)) ?? ''
    return Number(/packets (\d+)/.exec(line)?.[1] ?? Number.NaN)
  }
  const rules: readonly (readonly [RegExp, string])[] = [
    [/ether type !=/, lldp(mac)],
    [/arp saddr ip !=/, foreignArp(mac)],
    [/icmpv6 type \{ nd-router-solicit/, routerAdvertisement(mac)],
    [/udp dport/, dhcpDiscover(mac)],
  ]

  for (const [rule, frame] of rules) {
    const before = await dropped(rule)
    await sendFrame(ixp, frame)
    expect((await dropped(rule)) - before, String(rule)).toBeGreaterThan(0)
  }
  expect((await ixp.exec(['ping', '-q', '-c', '1', '-W', '2', PEER.v4])).exitCode).toBe(0)
  expect((await ixp.exec(['ping', '-q', '-c', '1', '-W', '2', PEER.v6])).exitCode).toBe(0)
})

test('a host with the role ixp ignores a router advertisement on the exchange LAN', async () => {
  await sendFrame(peer, routerAdvertisement(await macOf(peer)))

  expect(await ixp.must(['ip', '-6', 'route', 'show', 'default'])).toBe('')
  expect(await ixp.must(['nft', 'list', 'chain', 'netdev', 'ixp_lan', 'in'])).toMatch(
    /nd-router-advert.*counter packets [1-9]/,
  )
  expect(
    (await ixp.must(['sysctl', '-n', 'net.ipv6.conf.host0.accept_ra', 'net.ipv4.conf.host0.arp_ignore']))
      .split('\n')
      .slice(0, 2),
  ).toEqual(['0', '1'])
})

test('the role ixp sends sFlow samples of its traffic to the collector', async () => {
  samples = []
  await ixp.must(['ping', '-q', '-c', '20', '-i', '0.05', PEER.v4])

  const first = await until(() => samples[0], { what: 'a sample', timeoutMs: 30_000 })

  expect(first.readUInt32BE(0)).toBe(5)
})

test('setting `drain` in the role ixp announces graceful shutdown to the peer', async () => {
  await setPillar('  drain: true\n')

  await apply()

  await until(
    async () =>
      (await routesOf(peer, ['protocol', 'router_v4'])).get('193.0.24.0/23')?.includes('(65535,0)') ? true : undefined,
    { what: 'the graceful shutdown community', timeoutMs: 20_000 },
  )
})

test('after a reboot of an ixp host the LAN filter and the tunnel are active', async () => {
  await ixp.reboot()
  await onLan(ixp, ROUTER)
  await fleet.allHere()

  await established(ixp, ['peer_v4', 'core_v4'])
  expect(await ixp.must(['nft', 'list', 'table', 'netdev', 'ixp_lan'])).toContain('hook egress device "host0"')
  expect((await apply()).runs.map(run => changed(run))).toEqual([0, 0])
})
