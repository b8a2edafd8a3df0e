import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ComplianceReport } from '../../master/compliance/report.ts'
import type { ApplyResult, RunOutcome } from '../../master/jobs/results.ts'
import type { ContractResult } from '../../master/verbs/contract.ts'
import { established, onLan, runForeignBird } from './bgp-peers.ts'
import { PEER, PEER_PASSWORD, ROUTER, SAID } from './bird-announcements.ts'
import type { LabHost } from './lab/host.ts'
import { type LabFleet, MASTER, openLabFleet } from './lab-fleet.ts'
import { type NameServer, openNameServer } from './name-server.ts'
import { changed, troubles } from './run-words.ts'
import {
  type Outside,
  PROGRAM,
  TRANSIT,
  TRANSIT_PASSWORD,
  WHOLE_FIRST_FILES,
  WHOLE_LEVEL,
  WHOLE_MEMBERS,
  WHOLE_OTHER_PACKAGES,
  WHOLE_PACKAGES,
  WHOLE_VOLUMES,
  WHOLE_ZONE,
  type Wish,
  wholeFiles,
  wholeSecrets,
} from './whole-fleet.ts'

/** Twelve hosts that install at once take a while on a small machine. */
const PATIENCE = { timeoutMs: 600_000 }

let fleet: LabFleet
/** Everything outside the fleet: the peer at the exchange, and the provider of the vantage point. */
let world: LabHost
let releases: Server
let names: NameServer
let outside: Outside
const written = new Map<string, string>()
/** What the apply of bare hosts may change: what the dry run on bare hosts named. */
let named: ReadonlySet<string>

beforeAll(async () => {
  fleet = await openLabFleet({
    members: WHOLE_MEMBERS,
    volumes: WHOLE_VOLUMES,
    level: WHOLE_LEVEL,
    files: WHOLE_FIRST_FILES,
    secrets: {},
    packages: WHOLE_PACKAGES,
    otherPackages: WHOLE_OTHER_PACKAGES,
    unifiedCgroups: true,
    log: line => console.log(`whole fleet: ${line}`),
  })
  const { gateway } = fleet.lab.network
  releases = createServer((_request, response) => response.end(PROGRAM))
  names = await openNameServer(gateway, WHOLE_ZONE)
  releases.listen(0, gateway)
  ;[world] = await Promise.all([fleet.lab.host({ name: 'world' }), once(releases, 'listening')])
  const address = releases.address()
  if (address === null || typeof address === 'string') throw new Error('the release server has no port')
  outside = {
    gateway,
    ixp: fleet.host('ixp1').address,
    vlt: fleet.host('vlt1').address,
    releases: `http://${gateway}:${address.port}/saimiris`,
    sha256: createHash('sha256').update(PROGRAM).digest('hex'),
  }
  await Promise.all([runWorld(), layFleet()])
})

afterAll(async () => {
  releases?.close()
  await names?.close()
  await fleet?.close()
})

async function layFleet(): Promise<void> {
  const { master } = fleet
  await master.writeFile('/etc/resolv.conf', `nameserver ${outside.gateway}\n`)
  const own = await master.readFile(`${MASTER.fleet}/fleet.yml`)
  await master.writeFile(`${MASTER.fleet}/fleet.yml`, `${own}domains: {${WHOLE_LEVEL}: staging.example}\n`)
  await write({ complete: true })
}

/** Writes files of the fleet that differ, and seals their secrets. */
async function write(wish: Wish): Promise<void> {
  const files = Object.entries(wholeFiles(wish, outside)).filter(([path, text]) => written.get(path) !== text)
  for (const [path, text] of files) {
    await fleet.master.writeFile(`${MASTER.fleet}/${path}`, text)
    written.set(path, text)
  }
  const fresh = new Set(files.map(([path]) => path))
  for (const [file, key, value] of wholeSecrets(wish).filter(([name]) => fresh.has(`pillar/${name}.yml`))) {
    await fleet.must(['pillar', 'set', key, '--file', file], { stdin: value })
  }
}

async function runWorld(): Promise<void> {
  await Promise.all([onLan(fleet.host('ixp1'), ROUTER), onLan(world, PEER)])
  await world.must(['sysctl', '-w', 'net.ipv6.conf.all.forwarding=1'])
  await world.must(['ip', '-6', 'address', 'add', `${TRANSIT.router}/64`, 'dev', 'host0', 'nodad'])
  await world.must(['ip', '-6', 'address', 'add', `${TRANSIT.provider}/128`, 'dev', 'lo'])
  const routes = SAID.filter(({ prefix }) => prefix === '185.1.0.0/22' || prefix === '2a00:1::/32')
  await runForeignBird(world, { own: PEER, router: ROUTER, password: PEER_PASSWORD, routes })
  // The exchange's own prefix must not be advertised.
  const provider = `protocol radv {
  interface "host0" {
    min ra interval 3;
    max ra interval 4;
    prefix 2001:19f0:42::/64 { autonomous no; };
    prefix 2001:7f8:42::/64 { skip; };
  };
}
protocol bgp vlt1 {
  local ${TRANSIT.provider} as 64515;
  neighbor ${TRANSIT.vlt} as ${ROUTER.asn};
  multihop 2;
  password "${TRANSIT_PASSWORD}";
  ipv6 { import all; export none; };
}
`
  await world.writeFile('/etc/bird/bird.conf', (await world.readFile('/etc/bird/bird.conf')) + provider)
  await world.must(['birdc', 'configure'])
}

/** Lists `minion key` of every state with one of these outcomes in any of the runs. */
function states(runs: readonly RunOutcome[], ...outcomes: readonly string[]): readonly string[] {
  return runs.flatMap(({ minion, results }) => {
    return results.filter(({ outcome }) => outcomes.includes(outcome)).map(({ key }) => `${minion} ${key}`)
  })
}

async function apply(): Promise<ApplyResult> {
  const { exitCode, answer } = await fleet.ask<ApplyResult>(['apply', '*'], PATIENCE)
  expect(troubles(answer)).toEqual([])
  expect(answer.waiting ?? []).toEqual([])
  expect(exitCode).toBe(0)
  return answer
}

const host = (id: string): LabHost => fleet.host(id)

test('a dry run of a fleet with every role on bare hosts has no failures', async () => {
  const { exitCode, answer } = await fleet.ask<ApplyResult>(['test', '*', '--detailed-exitcode'], PATIENCE)

  expect(states(answer.runs, 'failed', 'blocked', 'interrupted', 'not-run')).toEqual([])
  expect(answer.runs.flatMap(run => run.checks.filter(({ outcome }) => outcome === 'failed'))).toEqual([])
  expect(answer.runs.flatMap(({ problem }) => problem ?? [])).toEqual([])
  expect(answer.waiting ?? []).toEqual([])
  expect(answer.runs.map(({ minion }) => minion)).toEqual(WHOLE_MEMBERS)
  expect(exitCode).toBe(5)
  named = new Set(states(answer.runs, 'would-change', 'may-change'))
})

test('one apply in two rounds brings a fleet with every role to the declared state and changes only what the dry run named', async () => {
  const answer = await apply()

  const { runs, earlier = [] } = answer
  expect(troubles({ runs: earlier })).toEqual([])
  expect(earlier.map(({ minion }) => minion)).toEqual([...new Set(earlier.map(({ minion }) => minion))])
  expect(states([...runs, ...earlier], 'changed').filter(state => !named.has(state))).toEqual([])
})

test('another apply of a fleet with every role changes nothing', async () => {
  const answer = await apply()

  expect(answer.earlier ?? []).toEqual([])
  expect(states(answer.runs, 'changed')).toEqual([])
  expect(answer.runs.map(run => `${run.minion} ${changed(run)}`)).toEqual(WHOLE_MEMBERS.map(id => `${id} 0`))
})

test('a fleet with every role breaks no contract, and its compliance is 100 %', async () => {
  const contract = await fleet.ask<ContractResult>(['contract'])
  const { exitCode, stdout } = await fleet.run(['compliance', '--fail-under', '100', '--format', 'json'], PATIENCE)
  const report = JSON.parse(stdout) as ComplianceReport

  expect(contract.answer.findings.filter(({ ok }) => !ok)).toEqual([])
  expect(new Set(contract.answer.findings.map(({ kind }) => kind))).toEqual(
    new Set(['count', 'public_ip', 'public_hostname', 'volume', 'ports', 'reverse_dns', 'requires', 'certificate']),
  )
  expect(report.findings).toEqual([])
  expect(report.score).toBe(100)
  expect(exitCode).toBe(0)
})

test('a client, a peer, a link and a guest that are removed from the pillar are removed from the hosts', async () => {
  await established(host('ixp1'), ['core_v4', 'core_v6', 'peer_v4', 'peer_v6'])
  await established(host('vlt1'), ['provider_v6'])
  await write({ complete: false })

  await apply()

  const app = host('app1').address
  for (const id of ['s1', 's2']) {
    const rules = await host(id).must(['nft', 'list', 'table', 'inet', 'fleet'])
    expect(rules).not.toMatch(new RegExp(`${app.replaceAll('.', '\\.')}\\b.*dport (6379|11211)`))
  }
  const protocols = await host('ixp1').must(['birdc', 'show', 'protocols'])
  expect(protocols).toMatch(/^core_v4\s.*Established/m)
  expect(protocols).not.toContain('peer')
  expect(await host('ixp1').must(['nft', 'list', 'table', 'inet', 'fleet'])).not.toContain(PEER.v4)
  expect(await host('core1').must(['ip', '-br', 'link'])).not.toContain('wg-vlt1')
  expect(await host('vlt1').must(['ip', '-br', 'link'])).not.toContain('wg-core')
  expect((await host('hv2').must(['virsh', '--quiet', 'list', '--all'])).trim()).toBe('')
  expect((await host('hv1').must(['virsh', '--quiet', 'list'])).trim()).toMatch(/web1 +running$/)
  for (const id of ['hv1', 'hv2']) {
    expect(await host(id).must(['nft', 'list', 'table', 'bridge', 'guests'])).not.toContain('vm-web2')
  }
  expect(states((await apply()).runs, 'changed')).toEqual([])
})
