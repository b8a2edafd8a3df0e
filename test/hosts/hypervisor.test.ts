import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApplyResult } from '../../master/jobs/results.ts'
import { arp, came, catchFrames, ethernet, icmp6, plugIn, type StandInGuest, sendFrames, udp4, udp6 } from './frames.ts'
import { GUEST_A as A, GUEST_B as B, HYPERVISORS, inventory, MTU, vms } from './hypervisor-fleet.ts'
import type { LabHost } from './lab/host.ts'
import { type LabFleet, openLabFleet } from './lab-fleet.ts'
import { changed, outcomes } from './run-words.ts'

const STRANGER = '52:54:00:aa:00:99'

let fleet: LabFleet
let hv1: LabHost
let hv2: LabHost
let hv3: LabHost
let hv4: LabHost

beforeAll(async () => {
  fleet = await openLabFleet({ ...HYPERVISORS, log: line => console.log(`hypervisor: ${line}`) })
  ;[hv1, hv2, hv3, hv4] = [fleet.host('hv1'), fleet.host('hv2'), fleet.host('hv3'), fleet.host('hv4')]
})

afterAll(async () => {
  await fleet?.close()
})

async function apply(target: string): Promise<ApplyResult> {
  const { exitCode, answer } = await fleet.ask<ApplyResult>(['apply', target])
  expect(answer.runs.flatMap(run => run.results.filter(({ problem }) => problem !== undefined))).toEqual([])
  expect(answer.runs.flatMap(run => run.checks.filter(({ outcome }) => outcome !== 'passed'))).toEqual([])
  expect(exitCode).toBe(0)
  return answer
}

function guest(host: LabHost, name: 'a' | 'b'): StandInGuest {
  const { mac, ip4, ip6 } = name === 'a' ? A : B
  return { host, name, port: `vm-${name}`, mac, addresses: [`${ip4}/24`, `${ip6}/64`], mtu: MTU }
}

async function domains(host: LabHost): Promise<string> {
  return (await host.must(['virsh', '--quiet', 'list', '--all'])).trim().replaceAll(/\s+/g, ' ')
}

test('a dry run of the role hypervisor reports all changes without failures, and an apply converges', async () => {
  const tested = await fleet.ask<ApplyResult>(['test', 'role=hypervisor', '--detailed-exitcode'])
  const applied = await apply('role=hypervisor')
  const again = await apply('role=hypervisor')

  expect(tested.answer.runs.flatMap(run => run.results.filter(({ outcome }) => outcome === 'failed'))).toEqual([])
  expect(tested.exitCode).toBe(5)
  expect(applied.runs.every(run => changed(run) > 0)).toBe(true)
  expect(again.runs.map(run => outcomes(run).filter(line => line.startsWith('changed')))).toEqual([[], [], []])
})

test('the role hypervisor defines and starts the domain from the pillar on its assigned host only, attached to the bridge', async () => {
  expect(await domains(hv1)).toMatch(/^\d+ web1 running$/)
  expect(await domains(hv2)).toBe('')
  expect(await hv1.must(['ip', '-o', 'link', 'show', 'vm-web1'])).toMatch(/mtu 1350 .*master br-vm/)
  expect(await hv1.must(['virsh', 'dumpxml', 'web1'])).toContain("<mac address='52:54:00:bb:00:01'/>")
  const console = await hv1.exec(['timeout', '2', 'script', '-qc', 'hypervisor-vm console web1', '/dev/null'], {
    stdin: '\u001d',
  })
  expect(console.stdout).toContain("Connected to domain 'web1'")
})

test('three hypervisors form one Ethernet segment, and guests on two of them exchange packets of the full MTU', async () => {
  await plugIn(guest(hv1, 'a'), 'br-vm')
  await plugIn(guest(hv3, 'b'), 'br-vm')

  const ping = (words: readonly string[]) =>
    hv1.exec(['ip', 'netns', 'exec', 'a', 'ping', '-q', '-c', '1', '-W', '3', ...words])

  expect((await ping([B.ip4])).stdout).toContain('0% packet loss')
  expect((await ping([B.ip6])).stdout).toContain('0% packet loss')
  expect((await ping(['-M', 'do', '-s', String(MTU - 28), B.ip4])).stdout).toContain(' 0% packet loss')
  expect((await ping(['-M', 'do', '-s', String(MTU - 27), B.ip4])).exitCode).not.toBe(0)
})

test('the role hypervisor drops frames a guest spoofs and passes its own frames and those sent for it after a migration', async () => {
  const ports = [4000, 4001] as const
  const frames: { readonly [what: string]: readonly [frame: string, passes: boolean] } = {
    'own IPv4': [udp4(A.mac, A.ip4, ports, 'own IPv4'), true],
    'own IPv6': [udp6(A.mac, A.ip6, ports, 'own IPv6'), true],
    'own link-local': [udp6(A.mac, A.link, ports, 'own link-local'), true],
    'own ARP': [arp(A.mac, A.ip4, B.ip4, 'own ARP'), true],
    'address free?': [icmp6(A.mac, '::', 135, 'address free?'), true],
    'after a move': [ethernet('ff:ff:ff:ff:ff:ff', A.mac, 0x8035, Buffer.from('after a move').toString('hex')), true],
    'other MAC': [udp4(STRANGER, A.ip4, ports, 'other MAC'), false],
    'other IPv4': [udp4(A.mac, B.ip4, ports, 'other IPv4'), false],
    'other IPv6': [udp6(A.mac, B.ip6, ports, 'other IPv6'), false],
    'other ARP': [arp(A.mac, B.ip4, A.ip4, 'other ARP'), false],
    'other after a move': [
      ethernet('ff:ff:ff:ff:ff:ff', STRANGER, 0x8035, Buffer.from('other after a move').toString('hex')),
      false,
    ],
    'router here': [icmp6(A.mac, A.link, 134, 'router here'), false],
    'redirect here': [icmp6(A.mac, A.link, 137, 'redirect here'), false],
    'DHCP server': [udp4(A.mac, A.ip4, [67, 68], 'DHCP server'), false],
    'DHCPv6 server': [udp6(A.mac, A.link, [547, 546], 'DHCPv6 server'), false],
    'spanning tree': [
      ethernet('01:80:c2:00:00:0e', A.mac, 0x88cc, Buffer.from('spanning tree').toString('hex')),
      false,
    ],
    'VLAN tag': [
      ethernet('ff:ff:ff:ff:ff:ff', A.mac, 0x8100, `00050800${Buffer.from('VLAN tag').toString('hex')}`),
      false,
    ],
  }
  const sender = guest(hv1, 'a')

  const caught = await catchFrames(guest(hv3, 'b'), 'the end', () => {
    return sendFrames(sender, [...Object.values(frames).map(([frame]) => frame), udp4(A.mac, A.ip4, ports, 'the end')])
  })

  expect(Object.fromEntries(Object.keys(frames).map(what => [what, came(caught, what)]))).toEqual(
    Object.fromEntries(Object.entries(frames).map(([what, [, passes]]) => [what, passes])),
  )
})

test('the role hypervisor rate-limits ARP floods of a guest', async () => {
  const sender = guest(hv1, 'a')
  const flood = Array.from({ length: 2000 }, () => arp(A.mac, A.ip4, B.ip4, 'flooding'))

  const caught = await catchFrames(guest(hv3, 'b'), 'the end', () => {
    return sendFrames(sender, [...flood, udp4(A.mac, A.ip4, [4000, 4001], 'the end')])
  })

  const through = caught.filter(line => came([line], 'flooding')).length
  expect(through).toBeGreaterThan(0)
  expect(through).toBeLessThan(300)
})

test('a fourth hypervisor is added to the configuration of the others without editing their pillar', async () => {
  await fleet.master.writeFile('/srv/fleet/inventory.yml', inventory(4))

  const answer = await apply('role=hypervisor')

  const others = answer.runs.filter(({ minion }) => minion !== 'hv4')
  for (const run of others) {
    expect(outcomes(run)).toEqual(
      expect.arrayContaining([
        'changed file.managed /etc/wireguard/wg-mesh.conf',
        'changed service.running wg-quick@wg-mesh',
        'changed file.managed /etc/fleet-mesh.conf',
        'changed service.running fleet-mesh',
      ]),
    )
  }
  await hv4.must(['fleet-mesh', 'reach'])
  await hv2.must(['fleet-mesh', 'reach'])
  expect((await hv2.must(['bridge', 'fdb', 'show', 'dev', 'vx-mesh'])).match(/^00:00:00:00:00:00/gm)).toHaveLength(3)
})

test('a guest whose assigned host changes is migrated live, and a new guest changes no firewall rule', async () => {
  const born = await hv1.must(['virsh', 'domid', 'web1'])
  const rules = await hv1.must(['nft', '-a', 'list', 'chain', 'bridge', 'guests', 'from_guest'])
  const handles = (text: string) => text.match(/handle \d+/g)
  await fleet.master.writeFile('/srv/fleet/pillar/guests.yml', vms({ web1: 'host: hv2', web2: 'host: hv3' }))

  await apply('hv1')
  await apply('role=hypervisor')

  expect(born.trim()).not.toBe('')
  expect(await domains(hv1)).toBe('')
  expect(await domains(hv2)).toMatch(/^\d+ web1 running$/)
  expect(await domains(hv3)).toMatch(/^\d+ web2 running$/)
  expect(await hv1.must(['nft', 'list', 'set', 'bridge', 'guests', 'guest_mac'])).toContain(
    '"vm-web2" . 52:54:00:bb:00:02',
  )
  expect(handles(await hv1.must(['nft', '-a', 'list', 'chain', 'bridge', 'guests', 'from_guest']))).toEqual(
    handles(rules),
  )
})

test('a drained hypervisor migrates its guests away, and a guest removed from the pillar is removed except for its disk', async () => {
  await fleet.master.writeFile(
    '/srv/fleet/pillar/guests.yml',
    `${vms({ web1: 'host: hv2, spare: hv4' })}  drained: [hv2]\n`,
  )

  await apply('hv2')
  await apply('role=hypervisor')

  expect(await domains(hv2)).toBe('')
  expect(await domains(hv4)).toMatch(/^\d+ web1 running$/)
  expect(await domains(hv3)).toBe('')
  expect((await hv3.exec(['test', '-e', '/var/lib/libvirt/images/web2.qcow2'])).exitCode).toBe(0)
  expect((await hv3.exec(['test', '-e', '/var/lib/libvirt/seeds/web2.iso'])).exitCode).toBe(1)
  expect(await hv3.must(['nft', 'list', 'set', 'bridge', 'guests', 'guest_mac'])).not.toContain('web2')
})

test('a hypervisor removed from the inventory is removed from the configuration and mesh links of the others', async () => {
  await fleet.master.writeFile('/srv/fleet/pillar/guests.yml', vms({ web1: 'host: hv2' }))
  await apply('hv4')
  await fleet.master.writeFile('/srv/fleet/inventory.yml', inventory(3))

  await apply('role=hypervisor')

  expect(await domains(hv2)).toMatch(/^\d+ web1 running$/)
  expect((await hv2.must(['wg', 'show', 'wg-mesh', 'peers'])).trim().split('\n')).toHaveLength(2)
  expect((await hv2.must(['bridge', 'fdb', 'show', 'dev', 'vx-mesh'])).match(/^00:00:00:00:00:00/gm)).toHaveLength(2)
  expect(await hv2.must(['cat', '/etc/libvirt/libvirtd.conf'])).not.toContain('CN=hv4')
})
