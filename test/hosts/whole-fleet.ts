import { generateKeyPairSync } from 'node:crypto'
import { BASE_PACKAGES } from './base-packages.ts'
import { PEER, PEER_PASSWORD, ROUTER } from './bird-announcements.ts'
import { VOLUME_INSIDE } from './lab/container.ts'

/** The fleet that has every role at once: the roles and pillar of each minion. It contains no addresses. */
export const WHOLE_LEVEL = 'staging'
const DOMAIN = 'staging.example'

/** The public addresses of hosts behind address translation, with forward and reverse names. */
export const WHOLE_ZONE = {
  addresses: { [`mail.${DOMAIN}`]: '203.0.113.25', [`source.${DOMAIN}`]: '203.0.113.22' },
  names: { '203.0.113.25': `mail.${DOMAIN}` },
} as const

const ROLES = {
  app1: 'base, nutcracker, memcache',
  core1: 'logs, wireguard, bird',
  db1: 'masterdb',
  db2: 'db, memcache',
  hv1: 'hypervisor',
  hv2: 'hypervisor',
  ixp1: 'ixp',
  mail1: 'mail',
  s1: 'sessions',
  s2: 'sessions',
  source1: 'source',
  vlt1: 'vlt, wireguard',
} as const
const PUBLIC: { readonly [id: string]: string } = { mail1: '203.0.113.25', source1: '203.0.113.22' }

export const WHOLE_MEMBERS = Object.keys(ROLES)
/** Hosts whose contract requires a volume. */
export const WHOLE_VOLUMES = ['db1', 'db2', 'source1']

/** Networks that only the test has: the transit of the vantage point. */
export const TRANSIT = { router: '2001:19f0:42::1', vlt: '2001:19f0:42::11', provider: '2001:19f0:ffff::1' } as const
export const TRANSIT_PASSWORD = 'canary-provider-3e7c'
export const PROGRAM = '#!/bin/sh\nexec sleep 1000000\n'

/** What changes between applies: if not complete, the data has one client, peer, link and guest less. */
export interface Wish {
  readonly complete: boolean
}

function wholeInventory({ complete }: Wish): string {
  const lines = Object.entries(ROLES).map(([id, roles]) => {
    const vars = PUBLIC[id] === undefined ? '' : `, vars: {public_ip: ${PUBLIC[id]}}`
    return `${id}: {roles: [${complete ? roles : roles.replace(' nutcracker,', '')}], level: ${WHOLE_LEVEL}${vars}}\n`
  })
  return lines.join('')
}

/** What the test must know of its lab before it can write the pillar: addresses that no minion exports. */
export interface Outside {
  readonly gateway: string
  /** Addresses of hosts whose interface is configured by a role. */
  readonly ixp: string
  readonly vlt: string
  readonly releases: string
  readonly sha256: string
}

const TOP = `- {match: "*", files: [common]}
- {match: role=mail, files: [mail]}
- {match: role=source, files: [source]}
- {match: role=db, files: [db]}
- {match: role=sessions or role=memcache or role=nutcracker, files: [cache]}
- {match: role=bird or role=wireguard, files: [net]}
- {match: core1, files: [core]}
- {match: ixp1, files: [ixp]}
- {match: vlt1, files: [vlt]}
- {match: role=hypervisor, files: [guests]}
`

const COMMON = `base:
  domain: ${DOMAIN}
  users:
    anna: {uid: 10001, groups: [ops], sudo: true, keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKt0JWq0u1n0u8wXQ1vXQ2B9pGQd2X8m6l7W3nV5aZbC anna]}
    bert: {uid: 10002, groups: [ops]}
  mail: {root: anna@${DOMAIN}}
`

const MAIL = `mail:
  domain: example.org
  hostname: mail.${DOMAIN}
  dkim: {main: {domain: example.org, selector: s2026}}
`

const SOURCE = `source:
  admin_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKt0JWq0u1n0u8wXQ1vXQ2B9pGQd2X8m6l7W3nV5aZbC admin
  volume: {device: ${VOLUME_INSIDE}, fstype: none, options: [bind, nodev]}
  keys: {anna: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKt0JWq0u1n0u8wXQ1vXQ2B9pGQd2X8m6l7W3nV5aZbD anna}
  repositories:
    tools/fleet: {public: true, rules: [{may: RW+, who: [anna]}]}
`

const DB = `mariadb:
  volume: {device: ${VOLUME_INSIDE}, fstype: none, options: [bind, nodev]}
  databases: [{name: shop}]
  users:
    shop: {host: "%", database: shop, grants: [SELECT, INSERT, UPDATE, DELETE, CREATE]}
`

const CACHE = `redis: {keys: "sess:*", maxmemory_mb: 64}
memcached: {memory_mb: 64}
nutcracker:
  pools:
    sessions_redis: {listen: 6379, kind: redis, from: sessions}
    sessions_memcache: {listen: 11212, kind: memcached, from: sessions}
    pages: {listen: 11213, kind: memcached, from: memcache}
`

/** Pillar data that both ends of the links share. */
function net({ complete }: Wish): string {
  const vlt = `
    vlt-core:
      ends:
        core1: {interface: wg-vlt1, address: ["10.99.1.1/30"], port: 51822}
        vlt1: {interface: wg-core, address: ["10.99.1.2/30"], port: 51820, keepalive: 25}`
  return `wireguard:
  implementation: userspace
  links:
    ixp-core:
      ends:
        core1: {interface: wg-ixp1, address: ["10.99.0.1/30", "fd00:51::1/126"], port: 51821}
        ixp1: {interface: wg-core, address: ["10.99.0.2/30", "fd00:51::2/126"], port: 51820, keepalive: 25}${complete ? vlt : ''}
bird:
  asn: ${ROUTER.asn}
  prefixes: [{prefix: 193.0.24.0/23}, {prefix: "2a06:de00:50::/44"}]
`
}

const CORE = `bird:
  neighbors:
    ixp: {kind: edge, asn: ${ROUTER.asn}, v4: 10.99.0.2, v6: "fd00:51::2"}
`

function ixp({ complete }: Wish, { gateway, ixp: address }: Outside): string {
  const peer = `
    peer: {kind: peer, asn: ${PEER.asn}, v4: ${PEER.v4}, v6: "${PEER.v6}", prefixes: [185.1.0.0/16, "2a00:1::/32"]}`
  return `ixp:
  interface: host0
  addresses: [${ROUTER.v4}/24, "${ROUTER.v6}/64", ${address}/24]
flow:
  collector: {address: ${gateway}, port: 6343}
  interface: host0
bird:
  neighbors:
    core: {kind: core, asn: ${ROUTER.asn}, v4: 10.99.0.1, v6: "fd00:51::1"}${complete ? peer : ''}
`
}

function vlt({ gateway, vlt: address, releases, sha256 }: Outside): string {
  return `bird:
  kernel: {export: false}
  prefixes: [{prefix: "2a0e:97c0:8a0::/44", originate: false}]
  neighbors:
    provider: {kind: upstream, asn: 64515, v6: "${TRANSIT.provider}", multihop: 2, import: false}
flow:
  collector: {address: ${gateway}, port: 6343}
  interface: host0
vlt:
  interface: host0
  dhcp: "no"
  addresses: [${address}/24, "${TRANSIT.vlt}/64"]
  mtu: 1500
  pool: 2a0e:97c0:8a8::/45
  anycast: ["2a0e:97c0:8a0::/48"]
  saimiris:
    url: ${releases}
    sha256: "${sha256}"
    kafka: {brokers: "10.0.0.1:9092"}
`
}

function guests({ complete }: Wish): string {
  const web2 = `
    web2: {host: hv2, mac: "52:54:00:bb:00:02", addresses: [10.9.0.11], memory_mb: 64, vcpus: 1, disk_gb: 1}`
  return `mesh: {place: fra, fabric: vxlan, wireguard: userspace}
hypervisor:
  domain_type: qemu
  cpu: qemu64
  disk_cache: writeback
  stop_seconds: 1
  vms:
    web1: {host: hv1, spare: hv2, mac: "52:54:00:bb:00:01", addresses: [10.9.0.10], memory_mb: 64, vcpus: 1, disk_gb: 1}${complete ? web2 : ''}
`
}

/** Returns all files of the fleet besides its fleet.yml. */
export function wholeFiles(wish: Wish, outside: Outside): { readonly [path: string]: string } {
  return {
    'inventory.yml': wholeInventory(wish),
    'pillar/top.yml': TOP,
    'pillar/common.yml': COMMON,
    'pillar/mail.yml': MAIL,
    'pillar/source.yml': SOURCE,
    'pillar/db.yml': DB,
    'pillar/cache.yml': CACHE,
    'pillar/net.yml': net(wish),
    'pillar/core.yml': CORE,
    'pillar/ixp.yml': ixp(wish, outside),
    'pillar/vlt.yml': vlt(outside),
    'pillar/guests.yml': guests(wish),
  }
}

/** Used before the addresses of the lab are known: just enough to let the members join. */
export const WHOLE_FIRST_FILES = { 'inventory.yml': wholeInventory({ complete: true }), 'pillar/top.yml': '[]\n' }

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

/** Returns clear values by pillar file, for `master pillar set`. */
export function wholeSecrets({ complete }: Wish): readonly (readonly [file: string, key: string, value: string])[] {
  return [
    ['mail', 'mail.dkim.main.key', privateKey],
    ['db', 'mariadb.replication.password', 'canary-replication-5f2a91c7'],
    ['db', 'mariadb.users.shop.password', 'canary-shop-77b0e4d1'],
    ['cache', 'redis.passwords.main', 'canary-sessions-1d8f22'],
    ['cache', 'redis.admin_password', 'canary-admin-90ab17'],
    ...(complete ? [['ixp', 'bird.neighbors.peer.password', PEER_PASSWORD] as const] : []),
    ['vlt', 'bird.neighbors.provider.password', TRANSIT_PASSWORD],
    ['vlt', 'vlt.saimiris.kafka.password', 'canary-kafka-a91f'],
  ]
}

/** Packages that its hosts install, prefetched. */
export const WHOLE_PACKAGES = [
  ...BASE_PACKAGES,
  'logrotate',
  'rsyslog',
  'rsyslog-gnutls',
  'postfix',
  'opendkim',
  'opendkim-tools',
  'mailgraph',
  'nginx-light',
  'fcgiwrap',
  'git',
  'gitolite3',
  'cgit',
  'mariadb-server',
  'mariadb-client',
  'redis-server',
  'redis-tools',
  'memcached',
  'nutcracker',
  'bird2',
  'prometheus-bird-exporter',
  'pmacct',
  'ndppd',
  'libpcap0.8',
  'libsasl2-2',
  'libssl3',
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
]
/** Conflicts with Postfix. */
export const WHOLE_OTHER_PACKAGES = ['exim4-daemon-light']
