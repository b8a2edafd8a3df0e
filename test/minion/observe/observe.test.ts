import { createServer, type Server } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createAuthority, issueCertificate } from '../../../master/certificates/authority.ts'
import { parseMounts } from '../../../minion/observe/mounts.ts'
import { bounded, observeHost } from '../../../minion/observe/observe.ts'
import { addressesOf, askPorts } from '../../../minion/observe/probe-ports.ts'
import { parseSockets } from '../../../minion/observe/sockets.ts'
import { OBSERVATION_LIMITS, OBSERVATIONS_SCHEMA } from '../../../protocol/observations.ts'
import { catalogOf } from '../apply/engine-scene.ts'

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000   106        0 25170 1 0 100 0 0 10 0
   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 19220 1 0 100 0 0 10 0
   2: 0500000A:0016 0900000A:D431 01 00000000:00000000 00:00000000 00000000     0        0 19220 1 0 100 0 0 10 0
`
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00
   1: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00
   2: B80D0120000000000000000005000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00
   3: 0000000000000000FFFF00000500000A:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00
`
const UDP = `   sl  local_address rem_address   st tx_queue rx_queue
  123: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 19220 2 0 0
  124: 0500000A:C000 01010101:0035 01 00000000:00000000 00:00000000 00000000     0        0 19220 2 0 0
`

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listen(host: string): Promise<number> {
  const server = createServer(socket => socket.destroy())
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, host, resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

it('parseSockets returns listening sockets with readable addresses', () => {
  expect(parseSockets('tcp', TCP)).toEqual([
    { proto: 'tcp', address: '127.0.0.1', port: 3306 },
    { proto: 'tcp', address: '0.0.0.0', port: 22 },
  ])
  expect(parseSockets('tcp', TCP6).map(({ address, port }) => `${address} ${port}`)).toEqual([
    ':: 80',
    '::1 80',
    '2001:db8::5 443',
    '10.0.0.5 8080',
  ])
  expect(parseSockets('udp', UDP)).toEqual([{ proto: 'udp', address: '0.0.0.0', port: 53 }])
  expect(parseSockets('tcp', 'nonsense\n\n')).toEqual([])
})

it('parseMounts returns mounts that can hold data, and only the topmost one of each path', () => {
  const text = `22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
23 22 0:21 / /proc rw,nosuid shared:5 - proc proc rw
30 22 254:16 / /var/lib/mysql rw,relatime shared:9 master:1 - tmpfs first rw
31 22 254:16 / /var/lib/mysql rw,relatime - xfs /dev/vdb rw
32 22 254:17 / /srv/with\\040space rw - ext4 /dev/mapper/a\\134b rw
`
  expect(parseMounts(text)).toEqual([
    { path: '/', device: '/dev/vda1', fsType: 'ext4' },
    { path: '/srv/with space', device: '/dev/mapper/a\\b', fsType: 'ext4' },
    { path: '/var/lib/mysql', device: '/dev/vdb', fsType: 'xfs' },
  ])
})

it('ports are probed at the address they listen on, and otherwise at loopback', () => {
  const at = (address: string, port = 80) => ({ proto: 'tcp', address, port }) as const

  expect(addressesOf(80, [at('0.0.0.0'), at('10.0.0.5', 81)])).toEqual(['127.0.0.1'])
  expect(addressesOf(80, [at('::')])).toEqual(['::1', '127.0.0.1'])
  expect(addressesOf(80, [at('10.0.0.5')])).toEqual(['10.0.0.5'])
  expect(addressesOf(80, [])).toEqual(['127.0.0.1'])
})

it('a port answers only when a program listens on it', async () => {
  const port = await listen('127.0.0.1')

  expect(await askPorts([port], [])).toEqual([{ port, answers: true }])
  servers[0]?.close()
  await expect.poll(() => askPorts([port], [])).toEqual([{ port, answers: false, reason: 'ECONNREFUSED' }])
})

it('the observed facts of a host match the host and the wire schema', async () => {
  const port = await listen('127.0.0.1')
  const { certificate } = await issueCertificate(
    await createAuthority('fleet-1', Date.now()),
    { commonName: 'web1', altNames: [], days: 10 },
    Date.now(),
  )
  const tls = { key: '/k', cert: '/c', ca: '/a', certificate: 'x', private_key: 'x', authority: 'x' }
  const other = { ...tls, key: '/k2', cert: '/gone', ca: '/a2' }
  const catalog = {
    ...catalogOf([
      { type: 'tls.certificate', name: 'web', params: tls },
      { type: 'tls.certificate', name: 'gone', params: other },
    ]),
    probes: [port],
  }

  const seen = await observeHost(catalog, { readText: async path => (path === '/c' ? certificate : undefined) }, () =>
    Date.parse('2026-11-21T10:00:00Z'),
  )

  expect(OBSERVATIONS_SCHEMA.safeParse(seen).success).toBe(true)
  expect(seen.at).toBe('2026-11-21T10:00:00.000Z')
  expect(seen.sockets).toContainEqual({ proto: 'tcp', address: '127.0.0.1', port })
  expect(seen.answers).toEqual([{ port, answers: true }])
  expect(seen.mounts.map(({ path }) => path)).toContain('/')
  expect(seen.certificates).toMatchObject([
    { state: 'test/tls.certificate/web', path: '/c', notAfter: expect.stringMatching(/^20\d\d-/) },
    { state: 'test/tls.certificate/gone', path: '/gone' },
  ])
  expect(seen.certificates[1]).not.toHaveProperty('notAfter')
})

it('observed facts that are too large are truncated and marked as such', () => {
  const sockets = Array.from({ length: OBSERVATION_LIMITS.sockets + 1 }, (_, port) => {
    return { proto: 'tcp', address: '0.0.0.0', port: port + 1 } as const
  })
  const seen = { at: '2026', sockets, mounts: [], addresses: [], answers: [], certificates: [] }

  expect(bounded(seen)).toMatchObject({ cut: true })
  expect(bounded({ ...seen, isNew: true } as typeof seen)).toHaveProperty('isNew')
  expect(bounded(seen).sockets).toHaveLength(OBSERVATION_LIMITS.sockets)
  expect(bounded({ ...seen, sockets: sockets.slice(1) })).not.toHaveProperty('cut')
  expect(OBSERVATIONS_SCHEMA.safeParse(bounded(seen)).success).toBe(true)
  expect(OBSERVATIONS_SCHEMA.safeParse(seen).success).toBe(false)
})
