import { BASE_PACKAGES } from './base-packages.ts'
import type { LabFleetOptions } from './lab-fleet.ts'

/** The fleet of the hypervisor tests: four hosts, three of which are hypervisors at first. */
const MEMBERS = ['hv1', 'hv2', 'hv3', 'hv4'] as const
export const MTU = 1350
export const GUEST_A = {
  mac: '52:54:00:aa:00:01',
  ip4: '10.9.0.1',
  ip6: 'fd00:9::1',
  link: 'fe80::5054:ff:feaa:1',
} as const
export const GUEST_B = { mac: '52:54:00:aa:00:02', ip4: '10.9.0.2', ip6: 'fd00:9::2' } as const

/** The pillar of the guests. `a` and `b` are namespaces: they have no hypervisor as host, so none defines them. */
export function vms(guests: { readonly [name: string]: string }): string {
  const standIns = [
    `a: {host: nobody, mac: "${GUEST_A.mac}", addresses: ["${GUEST_A.ip4}", "${GUEST_A.ip6}"], memory_mb: 64, vcpus: 1, disk_gb: 1}`,
    `b: {host: nobody, mac: "${GUEST_B.mac}", addresses: ["${GUEST_B.ip4}", "${GUEST_B.ip6}"], memory_mb: 64, vcpus: 1, disk_gb: 1}`,
  ]
  const real = Object.entries(guests).map(([name, rest], index) => {
    return `${name}: {mac: "52:54:00:bb:00:0${index + 1}", addresses: ["10.9.0.1${index}"], memory_mb: 64, vcpus: 1, disk_gb: 1, ${rest}}`
  })
  return [
    'hypervisor:',
    '  domain_type: qemu',
    '  cpu: qemu64',
    '  disk_cache: writeback',
    '  stop_seconds: 1',
    '  vms:',
    ...[...standIns, ...real].map(line => `    ${line}`),
    '',
  ].join('\n')
}

const WEB = { web1: 'host: hv1, spare: hv2, keys: [ssh-ed25519 AAAA anna]' }

const FILES = {
  'inventory.yml': inventory(3),
  'pillar/top.yml': `- match: "*"
  files: [common]
- match: hv*
  files: [place, guests]
`,
  'pillar/place.yml': 'base: {parts: []}\nmesh: {place: fra, fabric: vxlan, wireguard: userspace}\n',
  'pillar/guests.yml': vms(WEB),
}

/** Options of the fleet: real packages, with wireguard-go and vxlan, because the kernel of a test host supports nothing else. */
export const HYPERVISORS: LabFleetOptions = {
  members: MEMBERS,
  level: 'staging',
  files: FILES,
  secrets: {},
  unifiedCgroups: true,
  packages: [
    'wireguard-tools',
    'wireguard-go',
    'iproute2',
    'iputils-ping',
    'libvirt-daemon-system',
    'libvirt-clients',
    'qemu-utils',
    'cloud-image-utils',
    'qemu-system-x86',
    'seabios',
    'ipxe-qemu',
    ...BASE_PACKAGES,
  ],
}

/** Returns an inventory with this number of hypervisors; the others are plain hosts. */
export function inventory(hypervisors: number): string {
  return MEMBERS.map(
    (id, index) => `${id}: {roles: [${index < hypervisors ? 'hypervisor' : 'base'}], level: staging}\n`,
  ).join('')
}
