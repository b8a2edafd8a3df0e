import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import { established, gobgpSays, install, onLan, refusedBy, routesOf, runForeignBird, runGobgp } from './bgp-peers.ts'
import { GOBGP, GOBGP_PASSWORD, OTHER, PEER, PEER_PASSWORD, REFUSED, ROAS, ROUTER, SAID } from './bird-announcements.ts'
import { type IrrStandIn, openIrr } from './irr-stand-in.ts'
import type { LabHost } from './lab/host.ts'
import { until } from './lab/until.ts'
import { type LabFleet, MASTER, openLabFleet } from './lab-fleet.ts'
import { changed, troubles } from './run-words.ts'

let fleet: LabFleet
let irr: IrrStandIn
let router: LabHost
let peer: LabHost
let gobgp: LabHost

function pillar(irrHost: string, more = ''): string {
  return `bird:
  asn: ${ROUTER.asn}
  prefixes: [{prefix: 193.0.24.0/23}, {prefix: "2a06:de00:50::/44"}]
  kernel: {export: true, source4: ${ROUTER.v4}}
  irr: {host: "${irrHost}"}
  rpki:
    servers: {validator: {address: ${PEER.v4}, port: 3323}}
    roas: [{prefix: "2a00:2:1::/48", asn: ${OTHER}}]
  neighbors:
    peer: {kind: peer, asn: ${PEER.asn}, v4: ${PEER.v4}, v6: "${PEER.v6}", prefixes: [185.1.0.0/16, "2a00:1::/32", "2a00:2::/32"]}
    gobgp: {kind: peer, asn: ${GOBGP.asn}, v4: ${GOBGP.v4}, v6: "${GOBGP.v6}", irr: AS-GOBGP, max_prefix4: 5}
${more}`
}

beforeAll(async () => {
  fleet = await openLabFleet({
    members: ['rtr1'],
    level: 'staging',
    files: {
      'inventory.yml': 'rtr1: {roles: [bird], level: staging}\n',
      'pillar/top.yml': '- match: "*"\n  files: [bird, passwords]\n',
      'pillar/bird.yml': 'bird: {}\n',
    },
    secrets: {
      passwords: {
        'bird.neighbors.peer.password': PEER_PASSWORD,
        'bird.neighbors.gobgp.password': GOBGP_PASSWORD,
      },
    },
    packages: ['bird2', 'gobgpd', 'stayrtr', 'bgpq4', 'nftables', 'prometheus-bird-exporter'],
    log: line => console.log(`bird: ${line}`),
  })
  router = fleet.host('rtr1')
  ;[peer, gobgp] = (await Promise.all([fleet.lab.host({ name: 'peer' }), fleet.lab.host({ name: 'gobgp' })])) as [
    LabHost,
    LabHost,
  ]
  irr = await openIrr(fleet.lab.network.gateway)
  irr.sets.set('AS-GOBGP', { v4: ['185.3.0.0/22', '185.4.0.0/22', '185.5.0.0/22'], v6: ['2a00:3::/32'] })
  await Promise.all([onLan(router, ROUTER), onLan(peer, PEER), onLan(gobgp, GOBGP)])
  await fleet.master.writeFile(`${MASTER.fleet}/pillar/bird.yml`, pillar(`${fleet.lab.network.gateway}:${irr.port}`))
  await Promise.all([
    runForeignBird(peer, { own: PEER, router: ROUTER, password: PEER_PASSWORD, routes: SAID }).then(runStayrtr),
    runGobgp(gobgp, { own: GOBGP, router: ROUTER, password: GOBGP_PASSWORD }),
  ])
  await gobgpSays(gobgp, ['185.3.0.0/22', '185.9.0.0/22', '2a00:3::/32', '2a00:9::/32'])
})

afterAll(async () => {
  await irr?.close()
  await fleet?.close()
})

async function runStayrtr(): Promise<void> {
  await install(peer, ['stayrtr'])
  const roas = ROAS.map(roa => ({ ...roa, asn: `AS${roa.asn}`, ta: 'lab' }))
  await peer.writeFile('/srv/roas.json', JSON.stringify({ metadata: { buildmachine: 'lab' }, roas }))
  await peer.writeFile('/etc/default/stayrtr', 'STAYRTR_ARGS=-bind :3323 -cache /srv/roas.json -checktime=false\n')
  await peer.must(['systemctl', 'restart', 'stayrtr'])
}

async function apply(): Promise<ApplyResult> {
  const { exitCode, answer } = await fleet.ask<ApplyResult>(['apply', 'rtr1'])
  expect(troubles(answer)).toEqual([])
  expect(exitCode).toBe(0)
  return answer
}

test('a dry run of the role bird on a bare host reports pending changes, and the apply makes them and passes its checks', async () => {
  const tested = await fleet.ask<ApplyResult>(['test', 'rtr1', '--detailed-exitcode'])
  expect(tested.exitCode).toBe(5)

  const answer = await apply()

  expect(changed(answer.runs[0] as (typeof answer.runs)[number])).toBeGreaterThan(8)
  await established(router, ['peer_v4', 'peer_v6', 'gobgp_v4', 'gobgp_v6', 'rpki_validator'])
})

test('a second apply of the role bird changes nothing', async () => {
  const answer = await apply()

  expect(answer.runs.map(changed)).toEqual([0])
})

test('the role bird accepts exactly the prefixes allowed by the filter table from a BIRD neighbour, for IPv4 and IPv6', async () => {
  const found = async () => ({
    ...(await refusedBy(router, ROUTER.asn, 'peer_v4')),
    ...(await refusedBy(router, ROUTER.asn, 'peer_v6')),
  })
  // RPKI data arrives shortly after the routes.
  await until(async () => (JSON.stringify(await found()).includes('"6"') ? true : undefined), {
    what: 'RPKI to count',
    timeoutMs: 30_000,
    evidence: async () => JSON.stringify(await found()),
  })

  expect(await found()).toEqual(REFUSED)
  const taken = [
    ...(await routesOf(router, ['protocol', 'peer_v4'])),
    ...(await routesOf(router, ['protocol', 'peer_v6'])),
  ]
  expect(taken.map(([prefix]) => prefix).sort()).toEqual([
    '185.1.0.0/22',
    '185.1.28.0/22',
    '185.1.32.0/22',
    '185.1.4.0/22',
    '2a00:1::/32',
    '2a00:2::/32',
  ])
  const text = new Map(taken)
  expect(text.get('185.1.0.0/22')).toMatch(/local_pref: 200[^]*\(215011, 0, 102\)/)
  expect(text.get('185.1.28.0/22')).toMatch(/local_pref: 0\n/)
  expect(text.get('185.1.32.0/22')).not.toContain('(215011, 0, 103)')
})

test('the role bird accepts only prefixes registered in the IRR from a GoBGP neighbour', async () => {
  await until(async () => ((await routesOf(router, ['protocol', 'gobgp_v6'])).size > 0 ? true : undefined), {
    what: 'the IRR to be asked',
    timeoutMs: 30_000,
  })

  expect([...(await routesOf(router, ['protocol', 'gobgp_v4'])).keys()]).toEqual(['185.3.0.0/22'])
  expect([...(await routesOf(router, ['protocol', 'gobgp_v6'])).keys()]).toEqual(['2a00:3::/32'])
  expect(await refusedBy(router, ROUTER.asn, 'gobgp_v4')).toEqual({ '185.9.0.0/22': '9' })
  expect(await refusedBy(router, ROUTER.asn, 'gobgp_v6')).toEqual({ '2a00:9::/32': '9' })
})

test('the role bird announces its own prefixes and nothing else to both neighbours', async () => {
  const heard = async (family: string): Promise<readonly string[]> => {
    const neighbor = family === 'ipv4' ? ROUTER.v4 : ROUTER.v6
    const { stdout } = await gobgp.exec(['gobgp', 'neighbor', neighbor, 'adj-in', '-a', family, '-j'])
    return Object.keys(JSON.parse(stdout) as object)
  }

  expect([...(await routesOf(peer, ['protocol', 'router_v4'])).keys()]).toEqual(['193.0.24.0/23'])
  expect([...(await routesOf(peer, ['protocol', 'router_v6'])).keys()]).toEqual(['2a06:de00:50::/44'])
  expect(await heard('ipv4')).toEqual(['193.0.24.0/23'])
  expect(await heard('ipv6')).toEqual(['2a06:de00:50::/44'])
})

test('the role bird installs accepted routes in the kernel with its own source address, and a blackhole for its own prefix', async () => {
  const v4 = await router.must(['ip', '-4', 'route', 'show', 'proto', 'bird'])
  const v6 = await router.must(['ip', '-6', 'route', 'show', 'proto', 'bird'])

  expect(v4).toMatch(new RegExp(`^185\\.1\\.0\\.0/22 via ${PEER.v4} .*src ${ROUTER.v4}`, 'm'))
  expect(v4).toMatch(/^blackhole 193\.0\.24\.0\/23/m)
  expect(v6).toMatch(/^2a00:1::\/32 via 2001:7f8:42::2/m)
  expect(v4).not.toContain('10.1.0.0/16')
})

test('the role bird opens port 179 only to neighbours and serves metrics only on localhost', async () => {
  const knock = ['timeout', '2', 'bash', '-c', `exec 3<>/dev/tcp/${router.address}/179`]
  const metrics = 'exec 3<>/dev/tcp/127.0.0.1/9324; printf "GET /metrics HTTP/1.0\\r\\n\\r\\n" >&3; cat <&3'

  expect((await fleet.master.exec(knock)).exitCode).toBe(124)
  expect(await router.must(['bash', '-c', metrics])).toMatch(/bird_protocol_up\{.*name="peer_v4".*\} 1/)
})

test('the role bird rejects an IRR answer that drops most or all of a set and accepts one that adds prefixes', async () => {
  const ask = () => router.exec(['systemctl', 'start', 'bird-irr'])
  const file = '/etc/bird/irr/gobgp.conf'
  const before = await router.readFile(file)

  irr.sets.set('AS-GOBGP', { v4: ['185.3.0.0/22'], v6: [] })
  expect((await ask()).exitCode).not.toBe(0)
  irr.sets.set('AS-GOBGP', { v4: [], v6: [] })
  expect((await ask()).exitCode).not.toBe(0)
  expect(await router.readFile(file)).toBe(before)
  expect(await router.must(['journalctl', '-u', 'bird-irr', '--no-pager'])).toContain('less than half')

  const v4 = ['185.3.0.0/22', '185.4.0.0/22', '185.5.0.0/22', '185.9.0.0/22']
  irr.sets.set('AS-GOBGP', { v4, v6: ['2a00:3::/32'] })
  expect((await ask()).exitCode).toBe(0)
  await until(async () => ((await routesOf(router, ['protocol', 'gobgp_v4'])).has('185.9.0.0/22') ? true : undefined), {
    what: 'the new prefix to be believed',
    timeoutMs: 15_000,
  })
})

test('exceeding the prefix limit ends only that BGP session', async () => {
  const state = async (): Promise<string> =>
    (await router.exec(['birdc', 'show', 'protocols', 'all', 'gobgp_v4'])).stdout

  await gobgpSays(gobgp, ['185.3.1.0/24', '185.3.2.0/24', '185.4.0.0/22', '185.5.0.0/22'])

  await until(async () => ((await state()).includes('Route limit exceeded') ? true : undefined), {
    what: 'the session to end',
    timeoutMs: 15_000,
    evidence: state,
  })
  expect([...(await routesOf(router, ['protocol', 'gobgp_v4'])).keys()]).toEqual([])
  await established(router, ['gobgp_v6', 'peer_v4', 'peer_v6'])
  const { exitCode, answer } = await fleet.ask<ApplyResult>(['apply', 'rtr1'])
  expect(exitCode).toBe(1)
  expect(JSON.stringify(answer)).toContain('not established: gobgp_v4')
})

test('the role bird never activates a configuration that BIRD rejects', async () => {
  const file = `${MASTER.fleet}/pillar/bird.yml`
  const good = await fleet.master.readFile(file)
  const live = await router.readFile('/etc/bird/bird.conf')
  await fleet.master.writeFile(file, `${good}  bogon_asns: ["no number"]\n`)

  const { exitCode, answer } = await fleet.ask<ApplyResult>(['apply', 'rtr1'])
  await fleet.master.writeFile(file, good)

  expect(exitCode).toBe(1)
  expect(JSON.stringify(answer)).toContain('CHECK_FAILED')
  expect(await router.readFile('/etc/bird/bird.conf')).toBe(live)
  await established(router, ['peer_v4', 'peer_v6'])
})

test('a neighbour removed from the pillar is removed from the host, together with its prefix list', async () => {
  const file = `${MASTER.fleet}/pillar/bird.yml`
  const text = await fleet.master.readFile(file)
  await fleet.master.must(['sed', '-i', '/gobgp:/,/password:/d', `${MASTER.fleet}/pillar/passwords.yml`])
  await fleet.master.writeFile(file, text.replace(/^ {4}gobgp: .*\n/m, ''))

  await apply()

  const protocols = await router.must(['birdc', 'show', 'protocols'])
  expect(protocols).toMatch(/^peer_v4\s.*Established/m)
  expect(protocols).not.toContain('gobgp')
  expect((await router.exec(['test', '-e', '/etc/bird/irr/gobgp.conf'])).exitCode).toBe(1)
  expect(await router.must(['nft', 'list', 'table', 'inet', 'fleet'])).not.toContain(GOBGP.v4)
})
