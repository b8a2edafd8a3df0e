import { describe, expect, it } from 'vitest'
import { recentOutcomes } from '../../../master/control/recent-outcomes.ts'
import { judgeIssued } from '../../../master/doctor/certificates.ts'
import { judgeClocks } from '../../../master/doctor/clock.ts'
import { judgeDelivery, judgePending, judgeVersions } from '../../../master/doctor/fleet.ts'
import {
  type AddressFacts,
  judgeAddress,
  judgeFirewall,
  judgeListening,
  judgeMinionNames,
  namesToLookUp,
} from '../../../master/doctor/network.ts'
import type { MasterEvent } from '../../../master/store/log/events.ts'

const DAY = 86_400_000
const NOW = Date.parse('2026-12-01T12:00:00Z')

describe('doctor: DNS and listening', () => {
  const facts: AddressFacts = {
    address: 'master.example:7443',
    host: 'master.example',
    isName: true,
    isGuess: false,
    settings: '/etc/saltern/master.yml',
    own: ['127.0.0.1', '192.0.2.7'],
    resolved: { value: ['192.0.2.7'] },
    reverse: { value: ['master.example'] },
  }
  const statuses = (changed: Partial<AddressFacts>) =>
    judgeAddress({ ...facts, ...changed }).map(({ check, status }) => `${check} ${status}`)

  it('doctor checks that the advertised name resolves to this machine, and back', () => {
    expect(statuses({})).toEqual(['advertised ok', 'resolves ok', 'reverse ok'])
    expect(statuses({ resolved: { value: [] } })[1]).toBe('resolves problem')
    expect(statuses({ resolved: { value: ['198.51.100.9'] } })[1]).toBe('resolves warning')
    expect(statuses({ resolved: { unknown: 'no answer within 4 s' } })[1]).toBe('resolves unknown')
    expect(statuses({ reverse: { value: ['old.example'] } })[2]).toBe('reverse warning')
    expect(statuses({ reverse: { value: [] } })[2]).toBe('reverse ok')
  })

  it('doctor warns about an address that nobody configured', () => {
    expect(judgeAddress({ ...facts, isGuess: true })[0]).toMatchObject({
      status: 'warning',
      action: expect.stringContaining('`address: master.example.net`'),
    })
  })

  it('doctor finds another program on the port, and a port that nothing answers on', () => {
    const of = (answer: 'master' | 'other' | 'unidentified' | 'closed' | 'silent', isUp = true) =>
      judgeListening({ value: [{ address: '0.0.0.0:7443', answer }] }, isUp)[0]

    expect(of('master')?.status).toBe('ok')
    expect(of('unidentified')?.status).toBe('ok')
    expect(of('other')).toMatchObject({ status: 'problem', action: expect.stringContaining('sport = :7443') })
    expect(of('closed')?.status).toBe('problem')
    expect(of('silent')?.status).toBe('problem')
    expect(of('closed', false)?.status).toBe('unknown')
  })

  it('doctor says that it cannot see a firewall, unless minions of other hosts are connected', () => {
    expect(judgeFirewall(0, 'master.example:7443')).toMatchObject({
      status: 'unknown',
      action: 'Type `nc -vz master.example 7443` on a minion.',
    })
    expect(judgeFirewall(3, 'master.example:7443').status).toBe('ok')
  })

  it('doctor looks up no name that a minion made up to break the resolver', () => {
    const made = [
      'db1.example',
      'db1',
      'db1.example',
      '-x.example',
      'a b.example',
      '$(id).example',
      '..',
      'a..com',
      'a.b.',
      '.a.com',
      'a.-b.com',
      'a.b-.com',
      `${'a'.repeat(64)}.b`,
    ]

    expect(namesToLookUp(made)).toEqual(['db1.example'])
    expect(namesToLookUp(['_x.a-b.example', 'a_b.Example', '1.2.example'])).toHaveLength(3)
    expect(namesToLookUp(Array.from({ length: 200 }, (_, at) => `m${at}.example`))).toHaveLength(100)
  })

  it('doctor counts names of minions that do not resolve', () => {
    expect(judgeMinionNames({ value: { asked: 3, missing: ['db1.example'], failed: [] } })[0]).toMatchObject({
      status: 'warning',
      found: '1 of 3 names do not resolve: db1.example',
    })
    expect(judgeMinionNames({ value: { asked: 3, missing: [], failed: [] } })[0]?.status).toBe('ok')
  })

  it('doctor judges the other names when the lookup of one fails', () => {
    const failed = [{ name: 'web1.example', why: 'ESERVFAIL' }]

    expect(judgeMinionNames({ value: { asked: 3, missing: ['db1.example'], failed } })).toMatchObject([
      { check: 'minions', status: 'warning', found: '1 of 2 names do not resolve: db1.example' },
      {
        check: 'minions-failed',
        status: 'unknown',
        found: '1 of 3 names could not be looked up: web1.example (ESERVFAIL)',
      },
    ])
    expect(judgeMinionNames({ value: { asked: 1, missing: [], failed } })).toMatchObject([
      { check: 'minions', status: 'unknown', found: '1 of 1 name could not be looked up: web1.example (ESERVFAIL)' },
    ])
  })
})

describe('doctor: what the daemon knows', () => {
  it('doctor counts minions that are older or newer than the master', () => {
    const of = (...versions: readonly string[]) =>
      judgeVersions(
        versions.map((version, at) => ({ id: `m${at}`, version })),
        '0.2.0+12.gabcdef0',
      )

    expect(of('0.2.0+12.gabcdef0', '0.2.0+12.gabcdef0').status).toBe('ok')
    expect(of('0.2.0+9.g1234567', '0.1.9', '0.2.0+12.gabcdef0')).toMatchObject({
      status: 'warning',
      found: expect.stringMatching(/^2 of 3 minions are older/),
      action: expect.stringContaining('master cp '),
    })
    expect(of('0.10.0')).toMatchObject({ status: 'warning', found: expect.stringMatching(/^1 minion is newer/) })
    expect(judgeVersions([{ id: 'm1' }], '0.2.0').status).toBe('ok')
  })

  it('doctor names the package for the architecture of each older minion', () => {
    const { action } = judgeVersions(
      [
        { id: 'm1', version: '0.1.0', arch: 'x64' },
        { id: 'm2', version: '0.1.0', arch: 'arm64' },
        { id: 'm3', version: '0.1.0' },
      ],
      '0.2.0',
    )

    expect(action).toContain('packages/saltern-minion_*_amd64.deb m1:/root/')
    expect(action).toContain('For m2, copy `saltern-minion_*_arm64.deb`.')
  })

  it('doctor finds keys that are pending for more than a day, and keys that two hosts used', () => {
    const key = { minion: 'm1', firstSeenAt: new Date(NOW - 2 * DAY).toISOString(), usedTwice: false }

    expect(judgePending([{ ...key, firstSeenAt: new Date(NOW - 1000).toISOString() }], NOW)).toMatchObject([
      { status: 'ok' },
    ])
    expect(judgePending([key], NOW)).toMatchObject([
      { status: 'warning', action: 'Type `master keys`, then `master keys accept m1` or `master keys reject m1`.' },
    ])
    expect(judgePending([{ ...key, usedTwice: true }], NOW)).toMatchObject([{ status: 'ok' }, { status: 'problem' }])
  })

  it('doctor finds host certificates that no apply renewed', () => {
    const issued = (days: number) => ({ minion: 'm1', name: 'web', notAfter: NOW + days * DAY, isOverdue: days < 7 })

    expect(judgeIssued([issued(60)], NOW).status).toBe('ok')
    expect(judgeIssued([issued(60), issued(3), issued(-1)], NOW)).toMatchObject({
      status: 'warning',
      found: '1 expired and 1 not renewed in time: m1 (web) and m1 (web)',
      action: 'Type `master apply m1`.',
    })
  })

  it('doctor shows the last result of each recipient', () => {
    const recipients = [
      { name: 'ops', kind: 'mail' },
      { name: 'chat', kind: 'webhook' },
      { name: 'disk', kind: 'file' },
    ] as const
    const last = new Map([
      ['ops', { at: '2026-12-01T11:00:00Z', problem: 'connection refused' }],
      ['chat', { at: '2026-12-01T11:00:00Z' }],
    ])
    const of = (stuck: readonly { recipient: string; attempts: number; problem: string }[]) =>
      judgeDelivery({ value: { recipients, last, stuck } }).map(({ check, status }) => `${check} ${status}`)

    expect(of([])).toEqual(['ops warning', 'chat ok', 'disk ok'])
    expect(of([{ recipient: 'chat', attempts: 2, problem: '500' }])[1]).toBe('chat warning')
    expect(judgeDelivery({ value: { recipients: [], last, stuck: [] } })).toMatchObject([{ status: 'ok' }])
  })

  it('doctor reads clock changes since the start and the last deliveries from the log', () => {
    const event = (at: string, one: unknown) => ({ at, event: one as MasterEvent })
    const outcomes = recentOutcomes(
      [
        event('2026-11-20T00:00:00Z', { type: 'master-clock-changed', byMs: -5000 }),
        event('2026-11-20T00:00:00Z', { type: 'minion-clock-differed', minion: 'old' }),
        event('2026-12-01T01:00:00Z', { type: 'master-clock-changed', byMs: 9000 }),
        event('2026-12-01T01:00:00Z', { type: 'minion-clock-differed', minion: 'm1' }),
        event('2026-12-01T02:00:00Z', { type: 'delivery-failed', recipient: 'ops', problem: { message: 'no' } }),
        event('2026-12-01T03:00:00Z', { type: 'delivery-done', recipient: 'ops' }),
      ],
      { since: '2026-12-01T00:00:00Z', lately: '2026-11-30T12:00:00Z' },
    )

    expect(outcomes).toEqual({
      changes: [{ at: '2026-12-01T01:00:00Z', byMs: 9000 }],
      differed: ['m1'],
      delivered: new Map([['ops', { at: '2026-12-01T03:00:00Z' }]]),
    })
    expect(judgeClocks(outcomes).map(({ status }) => status)).toEqual(['warning', 'warning'])
    expect(judgeClocks({ changes: [], differed: [] }).map(({ status }) => status)).toEqual(['ok', 'ok'])
  })
})
