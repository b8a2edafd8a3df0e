import { describe, expect, it } from 'vitest'
import { isPublicAddress } from '../../../master/contract/addresses.ts'
import { judgeContracts } from '../../../master/contract/judge.ts'
import { wantedNames } from '../../../master/contract/names.ts'
import type { StateKey } from '../../../protocol/ids.ts'
import { judge, linesOf, minion, NOTHING, NOW, ports, role, sockets } from './scene.ts'

const MASTERDB = role('masterdb', { count: { exactly: 1 } })
const DB = role('db', { count: { min: 1, max: 2 } }, ['masterdb'])

it('a count is judged per level, including included roles and minions that have not joined', () => {
  const minions = [
    minion('db1', 'masterdb db'),
    minion('db2', 'masterdb db', { observed: undefined }),
    minion('db3', 'masterdb db', { level: 'production' }),
  ]

  expect(linesOf(judge([MASTERDB, DB], minions))).toEqual([
    'production db count: at least 1, at most 2 | 1: db3',
    'production masterdb count: exactly 1 | 1: db3',
    'staging db count: at least 1, at most 2 | 2: db1, db2',
    '! staging masterdb count: exactly 1 | 2: db1, db2',
  ])
})

it('a count is judged only in levels where a minion has the role or needs an export of it', () => {
  expect(judge([MASTERDB, DB], [minion('web1', 'web')])).toEqual([])
  expect(linesOf(judge([MASTERDB, DB], [minion('db1', 'db')]))).toEqual([
    'staging db count: at least 1, at most 2 | 1: db1',
    '! staging masterdb count: exactly 1 | none',
  ])
})

it('a count can be too low or too high', () => {
  const many = ['db1', 'db2', 'db3'].map(id => minion(id, 'db'))

  expect(linesOf(judge([DB], many))).toEqual(['! staging db count: at least 1, at most 2 | 3: db1, db2, db3'])
  expect(linesOf(judge([role('db', { count: { min: 4 } })], many))).toEqual([
    '! staging db count: at least 4 | 3: db1, db2, db3',
  ])
})

it.each(['8.8.8.8', '203.0.113.5', '172.32.0.1', '100.128.0.1', '2001:db8::5', '2600::1'])(
  '%s is a public address',
  address => {
    expect(isPublicAddress(address)).toBe(true)
  },
)

it.each([
  '10.0.0.5',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '127.0.0.1',
  '169.254.1.1',
  '0.0.0.0',
  '224.0.0.1',
  '::',
  '::1',
  'fe80::1',
  'fd00::5',
  'ff02::1',
  'x',
  '8.8.8',
])('%s is not a public address', address => {
  expect(isPublicAddress(address)).toBe(false)
})

it('publicIp requires or forbids a public address, as reported by the host or set in the inventory', () => {
  const open = role('mail', { publicIp: true })
  const closed = role('db', { publicIp: false })
  const reachable = { ...NOTHING, addresses: ['10.0.0.5', '203.0.113.5'] }

  expect(linesOf(judge([open, closed], [minion('a', 'mail db')]))).toEqual([
    'staging db a public_ip: no public address | none',
    '! staging mail a public_ip: a public address | none',
  ])
  expect(linesOf(judge([open, closed], [minion('a', 'mail db', { observed: reachable })]))).toEqual([
    '! staging db a public_ip: no public address | 203.0.113.5',
    'staging mail a public_ip: a public address | 203.0.113.5',
  ])
  expect(linesOf(judge([open], [minion('a', 'mail', { translated: ['203.0.113.9'] })]))).toEqual([
    'staging mail a public_ip: a public address | 203.0.113.9',
  ])
})

describe('a volume', () => {
  const db = role('db', { volume: '/var/lib/mysql' })
  const mounted = (path: string, fsType = 'xfs') =>
    judge(
      [db],
      [
        minion('a', 'db', {
          observed: { ...NOTHING, mounts: [...NOTHING.mounts, { path, device: '/dev/vdb', fsType }] },
        }),
      ],
    )

  it('a volume is a filesystem at the path or above it that is not the root', () => {
    expect(mounted('/var/lib/mysql')[0]).toMatchObject({ ok: true, found: '/var/lib/mysql: xfs of /dev/vdb' })
    expect(mounted('/var')[0]).toMatchObject({ ok: true })
    expect(mounted('/var/lib/mysql-old')[0]).toMatchObject({ ok: false, found: '/: ext4 of /dev/vda1' })
    expect(mounted('/var/lib/mysql', 'tmpfs')[0]).toMatchObject({ ok: false })
  })
})

describe('ports', () => {
  const db = role('db', { ports: { public: [], internal: ports('3306/tcp') } })
  const seen = (listen: readonly string[], answers = true, reason?: string) => ({
    observed: {
      ...NOTHING,
      sockets: sockets(...listen),
      answers: [{ port: 3306, answers, ...(reason === undefined ? {} : { reason }) }],
    },
  })

  it('a declared port must answer to other hosts', () => {
    expect(linesOf(judge([db], [minion('a', 'db', seen(['0.0.0.0:3306/tcp']))]))).toEqual([
      'staging db a ports: 3306/tcp answers | it answers',
    ])
    expect(judge([db], [minion('a', 'db', seen([], false, 'ECONNREFUSED'))])[0]).toMatchObject({
      ok: false,
      found: 'no answer (ECONNREFUSED)',
    })
    expect(judge([db], [minion('a', 'db', seen(['127.0.0.1:3306/tcp', '::1:3306/tcp']))])[0]).toMatchObject({
      ok: false,
      found: 'it answers only at loopback',
    })
  })

  it('UDP ports are judged by their sockets, and port ranges only permit', () => {
    const dns = role('dns', { ports: { public: [...ports('53/udp', '60000-61000/udp')], internal: [] } })
    const with53 = { observed: { ...NOTHING, sockets: sockets('0.0.0.0:53/udp', '0.0.0.0:60500/udp') } }

    expect(linesOf(judge([dns], [minion('a', 'dns', with53)]))).toEqual([
      'staging dns a ports: 53/udp answers | it listens',
    ])
    expect(judge([dns], [minion('a', 'dns')])[0]).toMatchObject({ ok: false, found: 'nothing listens' })
  })

  it('optional ports can be open or closed', () => {
    const mesh = role('mesh', { ports: { public: [], internal: [], optional: ports('4789/udp') } })
    const with4789 = { observed: { ...NOTHING, sockets: sockets('0.0.0.0:4789/udp') } }

    expect(judge([mesh], [minion('a', 'mesh', with4789)])).toEqual([])
    expect(judge([mesh], [minion('a', 'mesh')])).toEqual([])
  })

  it('ports that have not been probed yet are not judged', () => {
    expect(judge([db], [minion('a', 'db')])).toEqual([])
  })

  it('undeclared ports are each reported once, with all their addresses', () => {
    const first = ['0.0.0.0:3306/tcp', '0.0.0.0:22/tcp', ':::22/tcp', '0.0.0.0:68/udp', '127.0.0.1:8080/tcp']
    const more = ['10.0.0.5:9100/tcp', '0.0.0.0:40000/udp', '0.0.0.0:8080/tcp', ':::8080/tcp', '203.0.113.5:25/tcp']
    const open = [...first, ...more, '::1:9/tcp']

    expect(linesOf(judge([db], [minion('a', 'db', seen(open))])).slice(1)).toEqual([
      '! staging a ports: only ports that a role declares | port not declared: 25/tcp listens at 203.0.113.5',
      '! staging a ports: only ports that a role declares | port not declared: 8080/tcp listens at 0.0.0.0, ::',
    ])
  })

  it('ports are not judged on a host whose roles declare none', () => {
    expect(judge([role('demo', {})], [minion('a', 'demo', seen(['0.0.0.0:8080/tcp']))])).toEqual([])
  })
})

describe('names', () => {
  const mail = role('mail', {
    publicHostname: { staging: 'mail.staging.example' },
    reverseDns: ['mail.staging.example', 'mail2.staging.example'],
  })
  const a = minion('a', 'mail', { observed: { ...NOTHING, addresses: ['203.0.113.5'] } })
  const dns = (forward: string, reverse: string) => ({
    forward: new Map([['mail.staging.example', forward === '' ? [] : forward.split(' ')]]),
    reverse: new Map([['203.0.113.5', reverse === '' ? [] : [reverse]]]),
  })

  it('public host names must resolve to the public addresses of the role, and back', () => {
    expect(wantedNames({ domains: new Map(), roles: [mail], minions: [a, minion('b', 'web')] })).toEqual({
      hostnames: ['mail.staging.example'],
      addresses: ['203.0.113.5'],
    })
    expect(linesOf(judge([mail], [a], dns('203.0.113.5 2001:db8::1', 'Mail2.Staging.example.')))).toEqual([
      'staging mail public_hostname: mail.staging.example resolves to 203.0.113.5 | 203.0.113.5, 2001:db8::1',
      'staging mail a reverse_dns: 203.0.113.5 resolves back to mail.staging.example or mail2.staging.example | Mail2.Staging.example.',
    ])
  })

  it('a name that resolves elsewhere, to nothing or not at all is reported', () => {
    const [name, back] = judge([mail], [a], dns('203.0.113.6', ''))
    const failed = { forward: new Map([['mail.staging.example', { failed: 'ETIMEOUT' }]]), reverse: new Map() }

    expect(name).toMatchObject({ ok: false, found: '203.0.113.6' })
    expect(back).toMatchObject({ ok: false, found: 'nothing' })
    expect(judge([mail], [a], failed).map(({ ok, found }) => [ok, found])).toEqual([
      [false, 'the DNS lookup failed: ETIMEOUT'],
      [false, 'it was not resolved'],
    ])
  })

  it('names are not judged in other levels, for hosts without a report, or without DNS lookups', () => {
    expect(judge([mail], [a])).toEqual([])
    expect(judge([mail], [minion('a', 'mail', { observed: undefined })], dns('', ''))).toEqual([])
    expect(judge([mail], [minion('a', 'mail', { level: 'production' })], dns('', ''))).toEqual([])
  })
})

it('expired certificates on disk are reported with their state', () => {
  const state = 'db/tls.certificate/mariadb' as StateKey
  const certificates = [
    { state, path: '/etc/a.crt', notAfter: '2026-11-21T09:59:59.000Z' },
    { state, path: '/etc/b.crt', notAfter: '2027-01-01T00:00:00.000Z' },
    { state, path: '/etc/gone.crt' },
  ]

  expect(judge([], [minion('a', 'db', { observed: { ...NOTHING, certificates } })])).toMatchObject([
    { kind: 'certificate', state, ok: false, found: 'expired at 2026-11-21T09:59:59.000Z' },
    { kind: 'certificate', state, ok: true },
  ])
})

it('minions without a report are named, and only their count is judged', () => {
  const silent = minion('db1', 'db', { observed: undefined })
  const roles = [role('db', { count: { min: 1 }, publicIp: false, volume: '/x' })]

  const { findings, unseen } = judgeContracts({
    domains: new Map(),
    roles,
    minions: [silent],
    dns: undefined,
    now: NOW,
  })

  expect(findings.map(({ kind }) => kind)).toEqual(['count'])
  expect(unseen).toEqual(['db1'])
})
