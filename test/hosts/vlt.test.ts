import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import { established, install, routesOf } from './bgp-peers.ts'
import type { LabHost } from './lab/host.ts'
import { until } from './lab/until.ts'
import { type LabFleet, MASTER, openLabFleet } from './lab-fleet.ts'
import { changed, outcomes, troubles } from './run-words.ts'

const VLTS = ['vlt1', 'vlt2'] as const
const PROVIDER = '2001:19f0:ffff::1'
const LAN = '2001:19f0:42::'
const ANYCAST = '2a0e:97c0:8a0::/48'
const PASSWORD = 'canary-provider-3e7c'
const KAFKA_PASSWORD = 'canary-kafka-a91f'

/** Stands in for Saimiris: keeps running only when started with its arguments and a readable configuration. */
const PROGRAM = `#!/bin/sh
[ "$*" = "agent --config=/etc/saimiris.yml" ] || exit 1
grep -q 'auth_sasl_password: "${KAFKA_PASSWORD}"' /etc/saimiris.yml || exit 1
exec sleep 1000000
`
const HASH = createHash('sha256').update(PROGRAM).digest('hex')

let fleet: LabFleet
let vlt1: LabHost
let vlt2: LabHost
let provider: LabHost
let releases: Server
let served = PROGRAM

function common(url: string, sha256: string): string {
  return `base: {parts: []}
bird:
  asn: 215011
  kernel: {export: false}
  prefixes: [{prefix: "2a0e:97c0:8a0::/44", originate: false}]
  neighbors:
    provider: {kind: upstream, asn: 64515, v6: "${PROVIDER}", multihop: 2, import: false}
vlt:
  interface: host0
  dhcp: "no"
  mtu: 1500
  pool: 2a0e:97c0:8a8::/45
  anycast: ["${ANYCAST}"]
  saimiris:
    url: ${url}
    sha256: "${sha256}"
    kafka: {brokers: "10.0.0.1:9092"}
`
}

async function setProgram(sha256: string): Promise<void> {
  const address = releases.address()
  if (address === null || typeof address === 'string') throw new Error('the release server has no port')
  const url = `http://${fleet.lab.network.gateway}:${address.port}/saimiris`
  await fleet.master.writeFile(`${MASTER.fleet}/pillar/vlt.yml`, common(url, sha256))
}

async function apply(): Promise<ApplyResult> {
  const { exitCode, answer } = await fleet.ask<ApplyResult>(['apply', 'role=vlt'])
  expect(troubles(answer)).toEqual([])
  expect(exitCode).toBe(0)
  return answer
}

/** Returns the /48 that the master allocated to the host. */
async function prefixOf(host: LabHost): Promise<string> {
  const text = await host.readFile('/etc/bird/fleet.d/vlt.conf')
  return /route (\S+) blackhole/.exec(text)?.[1] ?? 'none'
}

/** Sends router advertisements, is the BGP neighbour behind them, and has the LAN's other address. */
async function runProvider(): Promise<void> {
  await provider.must(['sysctl', '-w', 'net.ipv6.conf.all.forwarding=1'])
  await provider.must(['ip', '-6', 'address', 'add', `${LAN}1/64`, 'dev', 'host0', 'nodad'])
  await provider.must(['ip', '-6', 'address', 'add', `${PROVIDER}/128`, 'dev', 'lo'])
  await install(provider, ['bird2', 'iputils-ping'])
  const session = (name: string, address: string): string => `protocol bgp ${name} {
  local ${PROVIDER} as 64515;
  neighbor ${address} as 215011;
  multihop 2;
  password "${PASSWORD}";
  ipv6 { import all; export none; };
}
`
  const config = `router id 192.0.2.9;
protocol device {}
protocol radv {
  interface "host0" { min ra interval 3; max ra interval 4; prefix ${LAN}/64 { autonomous no; }; };
}
${session('vlt1', `${LAN}11`)}${session('vlt2', `${LAN}12`)}`
  await provider.writeFile('/etc/bird/bird.conf', config)
  await provider.must(['bird', '-p'])
  await provider.must(['systemctl', 'restart', 'bird'])
}

beforeAll(async () => {
  releases = createServer((_request, response) => response.end(served))
  fleet = await openLabFleet({
    members: [...VLTS],
    level: 'staging',
    files: {
      'inventory.yml': 'vlt1: {roles: [vlt], level: staging}\nvlt2: {roles: [vlt], level: staging}\n',
      'pillar/top.yml': `- match: role=vlt
  files: [vlt, passwords]
- match: vlt1
  files: [vlt1]
- match: vlt2
  files: [vlt2]
`,
      'pillar/vlt.yml': 'bird: {}\n',
      'pillar/vlt1.yml': 'vlt: {}\n',
      'pillar/vlt2.yml': 'vlt: {}\n',
    },
    secrets: {
      passwords: { 'bird.neighbors.provider.password': PASSWORD, 'vlt.saimiris.kafka.password': KAFKA_PASSWORD },
    },
    packages: [
      'bird2',
      'prometheus-bird-exporter',
      'prometheus-node-exporter',
      'nftables',
      'ndppd',
      'libpcap0.8',
      'libsasl2-2',
      'libssl3',
      'iproute2',
      'iputils-ping',
      'sudo',
      'ca-certificates',
      'procps',
    ],
    log: line => console.log(`vlt: ${line}`),
  })
  ;[vlt1, vlt2] = [fleet.host('vlt1'), fleet.host('vlt2')]
  provider = await fleet.lab.host({ name: 'provider' })
  releases.listen(0, fleet.lab.network.gateway)
  await once(releases, 'listening')
  await setProgram(HASH)
  for (const [index, host] of [vlt1, vlt2].entries()) {
    const text = `vlt:\n  addresses: [${host.address}/24, "${LAN}1${index + 1}/64"]\n`
    await fleet.master.writeFile(`${MASTER.fleet}/pillar/${host.name}.yml`, text)
  }
  await runProvider()
})

afterAll(async () => {
  releases?.close()
  await fleet?.close()
})

test('a dry run of the role vlt on bare hosts reports pending changes and no failures', async () => {
  const { exitCode, answer } = await fleet.ask<ApplyResult>(['test', 'role=vlt', '--detailed-exitcode'])

  expect(exitCode).toBe(5)
  expect(answer.runs.flatMap(outcomes).filter(line => line.startsWith('failed'))).toEqual([])
  expect(outcomes(answer.runs[0])).toEqual(
    expect.arrayContaining([
      'would-change file.downloaded /usr/local/bin/saimiris',
      'would-change file.managed /etc/systemd/network/05-uplink.network',
    ]),
  )
})

test('an apply of the role vlt configures two hosts, each with its own prefix, and another apply changes nothing', async () => {
  await apply()

  expect([await prefixOf(vlt1), await prefixOf(vlt2)].sort()).toEqual(['2a0e:97c0:8a8::/48', '2a0e:97c0:8a9::/48'])
  expect((await apply()).runs.map(run => changed(run))).toEqual([0, 0])
})

test('the role vlt makes its prefixes local and routes measurement traffic by a separate table', async () => {
  const prefix = await prefixOf(vlt1)
  const local = await vlt1.must(['ip', '-6', 'route', 'show', 'table', 'local', 'type', 'local'])

  expect(local).toMatch(new RegExp(`local ${prefix} `))
  expect(local).toMatch(new RegExp(`local ${ANYCAST} `))
  expect(await vlt1.must(['ip', '-6', 'rule', 'show'])).toMatch(/from all to 2000::\/3 lookup 100/)
  expect(await vlt1.must(['ip', '-6', 'route', 'show', 'table', '100'])).toMatch(/^default via fe80::\S+ dev host0/m)
  expect(await vlt1.must(['ip', '-6', 'route', 'get', '2606:4700::1'])).toMatch(/via fe80::\S+ dev host0 table 100/)
  expect(await vlt1.must(['ip', '-6', 'route', 'show', PROVIDER])).toMatch(/via fe80::/)
})

test('the role vlt announces its own and the shared prefix to the provider and imports no route', async () => {
  await established(provider, [...VLTS])

  for (const host of [vlt1, vlt2]) {
    const heard = [...(await routesOf(provider, ['protocol', host.name])).keys()].sort()
    expect(heard).toEqual([await prefixOf(host), ANYCAST].sort())
    expect(await host.must(['birdc', 'show', 'protocols', 'all', 'provider_v6'])).toMatch(/Routes:\s+0 imported/)
    expect(await host.must(['ip', '-6', 'route', 'show', 'proto', 'bird'])).toBe('')
  }
})

test('the role vlt answers neighbour discovery and pings for every address of its prefix and for no other address', async () => {
  const own = (await prefixOf(vlt1)).replace('/48', '')
  const ping = (to: string) => provider.exec(['ping', '-6', '-q', '-c', '1', '-W', '3', '-I', `${LAN}1`, to])
  for (const prefix of [own, '2a0e:97c0:8af::']) {
    await provider.must(['ip', '-6', 'route', 'add', `${prefix}/48`, 'dev', 'host0'])
  }

  for (const host of ['1', 'beef:1', '1:2:3:4']) expect((await ping(`${own}${host}`)).exitCode).toBe(0)
  expect((await ping('2a0e:97c0:8af::1')).exitCode).not.toBe(0)
  const mac = (await vlt1.readFile('/sys/class/net/host0/address')).trim()
  expect(await provider.must(['ip', '-6', 'neighbor', 'show', `${own}1`])).toContain(mac)
})

test('saimiris runs as its own user, can send raw packets, and knows both prefixes', async () => {
  const show = (property: string) => vlt1.must(['systemctl', 'show', '-P', property, 'saimiris'])
  const pid = (await show('MainPID')).trim()

  expect((await show('ActiveState')).trim()).toBe('active')
  expect(await vlt1.must(['ps', '-o', 'user=', '-p', pid])).toContain('saimiris')
  const effective = /CapEff:\s+(\w+)/.exec(await vlt1.readFile(`/proc/${pid}/status`))?.[1] ?? '0'
  expect(BigInt(`0x${effective}`)).toBe((1n << 12n) | (1n << 13n))
  const config = await vlt1.readFile('/etc/saimiris.yml')
  expect(config).toContain(`src_ipv6_prefix: "${await prefixOf(vlt1)}"`)
  expect(config).toContain(`src_ipv6_prefix: "${ANYCAST}"`)
  expect(await vlt1.must(['stat', '-c', '%a %U:%G', '/etc/saimiris.yml'])).toBe('640 root:saimiris\n')
})

test('saimiris is not replaced by a download with the wrong hash, and is replaced once the hash matches', async () => {
  served = PROGRAM.replace('1000000', '2000000')
  const before = await vlt1.must(['systemctl', 'show', '-P', 'MainPID', 'saimiris'])
  await setProgram('0'.repeat(64))

  const { exitCode, answer } = await fleet.ask<ApplyResult>(['apply', 'vlt1'])

  expect(exitCode).toBe(1)
  expect(JSON.stringify(answer)).toContain('DOWNLOAD_MISMATCH')
  expect(await vlt1.must(['systemctl', 'show', '-P', 'MainPID', 'saimiris'])).toBe(before)

  await setProgram(createHash('sha256').update(served).digest('hex'))
  await apply()

  expect(await vlt1.must(['systemctl', 'show', '-P', 'MainPID', 'saimiris'])).not.toBe(before)
  expect(await vlt1.must(['pgrep', '-f', 'sleep 2000000'])).toMatch(/^\d+\n/)
})

test('the role vlt restores a routing rule deleted by hand, and its whole configuration survives a reboot', async () => {
  await vlt1.must(['ip', '-6', 'rule', 'delete', 'to', '2000::/3', 'lookup', '100'])
  expect((await vlt1.exec(['/usr/local/sbin/vlt-network'])).stdout).toBe('no rule leads to the table 100\n')
  await apply()
  expect(await vlt1.must(['ip', '-6', 'rule', 'show'])).toMatch(/from all to 2000::\/3 lookup 100/)

  await vlt1.reboot()
  await fleet.allHere()
  await until(async () => ((await vlt1.exec(['/usr/local/sbin/vlt-way-out'])).exitCode === 0 ? true : undefined), {
    what: 'a router advertisement',
    timeoutMs: 20_000,
  })

  expect((await apply()).runs.map(run => changed(run))).toEqual([0, 0])
})

test('a prefix removed from the pillar of the role vlt is removed from routes, announcements and neighbour discovery', async () => {
  const file = `${MASTER.fleet}/pillar/vlt.yml`
  const text = await fleet.master.readFile(file)
  await fleet.master.writeFile(file, text.replace(`anycast: ["${ANYCAST}"]`, 'anycast: []'))

  await apply()

  expect(await vlt1.must(['ip', '-6', 'route', 'show', 'table', 'local', 'type', 'local'])).not.toContain(ANYCAST)
  expect(await vlt1.readFile('/etc/ndppd.conf')).not.toContain(ANYCAST)
  await until(async () => ((await routesOf(provider, ['protocol', 'vlt1'])).has(ANYCAST) ? undefined : true), {
    what: 'the prefix to be withdrawn',
    timeoutMs: 15_000,
  })
  expect([...(await routesOf(provider, ['protocol', 'vlt1'])).keys()]).toEqual([await prefixOf(vlt1)])
})
