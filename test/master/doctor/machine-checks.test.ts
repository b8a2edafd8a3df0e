import { describe, expect, it } from 'vitest'
import { judgeCertificates } from '../../../master/doctor/certificates.ts'
import { judgeSynchronised } from '../../../master/doctor/clock.ts'
import {
  type InstallationFacts,
  judgeDaemon,
  judgeInstallation,
  judgeUnit,
} from '../../../master/doctor/installation.ts'
import { judgeState } from '../../../master/doctor/state-files.ts'
import { judgeBackup, judgeDisk, judgeStore, type StoreFacts } from '../../../master/doctor/storage.ts'

const DAY = 86_400_000
const NOW = Date.parse('2026-12-01T12:00:00Z')
const SETTINGS = '/etc/saltern/master.yml'

describe('doctor: the installation', () => {
  const whole: InstallationFacts = {
    version: '1.2.3',
    home: '/usr/lib/saltern/master',
    dpkg: { value: { status: 'install ok installed', version: '1.2.3' } },
    node: 'v24.1.0',
    leastNode: 24,
    modules: [{ name: 'better-sqlite3' }],
  }
  const statuses = (facts: Partial<InstallationFacts>): readonly string[] =>
    judgeInstallation({ ...whole, ...facts }).map(({ check, status }) => `${check} ${status}`)

  it('doctor finds a whole package, a checkout and an old Node', () => {
    expect(statuses({})).toEqual(['program ok', 'runtime ok', 'native-modules ok'])
    expect(statuses({ home: '/srv/saltern', node: 'v22.9.0' })).toEqual([
      'program ok',
      'runtime problem',
      'native-modules ok',
    ])
  })

  it('doctor finds a package that dpkg did not finish, and one that dpkg does not know', () => {
    const half = { value: { status: 'install ok half-configured', version: '1.2.3' } }
    expect(judgeInstallation({ ...whole, dpkg: half })[0]).toMatchObject({
      status: 'problem',
      action: expect.stringContaining('dpkg --configure -a'),
    })
    expect(statuses({ dpkg: { value: undefined } })[0]).toBe('program warning')
    expect(statuses({ dpkg: { unknown: 'no answer within 4 s' } })[0]).toBe('program unknown')
  })

  it('doctor shows why a native module does not load, and what is wrong with the settings', () => {
    const modules = [{ name: 'better-sqlite3', error: 'invalid ELF header' }]
    const settings = { file: SETTINGS, message: 'unknown setting `adress`', hint: 'Did you mean `address`?' }

    expect(judgeInstallation({ ...whole, modules, settings })).toMatchObject([
      { check: 'program' },
      { check: 'settings', status: 'problem', found: 'unknown setting `adress`', action: 'Did you mean `address`?' },
      { check: 'runtime' },
      { check: 'native-modules', status: 'problem', found: 'better-sqlite3: invalid ELF header' },
    ])
  })

  it('doctor finds a unit that is masked, failed, stopped or not enabled', () => {
    const unit = { load: 'loaded', active: 'active', file: 'enabled', result: 'success' }
    const of = (facts: Partial<typeof unit>) => judgeUnit({ value: { ...unit, ...facts } })[0]

    expect(of({})).toMatchObject({ status: 'ok' })
    expect(of({ load: 'masked', active: 'inactive' })).toMatchObject({
      status: 'problem',
      action: expect.stringMatching(/unmask/),
    })
    expect(of({ active: 'failed', result: 'exit-code' })).toMatchObject({
      status: 'problem',
      action: expect.stringMatching(/journalctl/),
    })
    expect(of({ active: 'activating', result: 'exit-code' })).toMatchObject({
      status: 'problem',
      action: expect.stringMatching(/journalctl/),
    })
    expect(of({ active: 'inactive' })).toMatchObject({
      status: 'problem',
      action: expect.stringMatching(/enable --now/),
    })
    expect(of({ file: 'disabled' })).toMatchObject({
      status: 'warning',
      action: expect.stringMatching(/systemctl enable/),
    })
    expect(judgeUnit({ value: undefined })[0]).toMatchObject({ status: 'ok' })
    expect(judgeUnit({ unknown: 'there is no `systemctl` on this machine' })[0]).toMatchObject({ status: 'unknown' })
  })

  it('doctor finds a daemon that is down, hangs, refuses or is older than the installed program', () => {
    const answers = { kind: 'answers', version: '1.2.3', pid: 7, startedAt: '2026-12-01T00:00:00Z' } as const

    expect(judgeDaemon(answers, '1.2.3').status).toBe('ok')
    expect(judgeDaemon(answers, '1.2.4')).toMatchObject({ status: 'warning', action: expect.stringMatching(/restart/) })
    expect(judgeDaemon({ kind: 'down', why: 'no master responds' }, '1').status).toBe('problem')
    expect(judgeDaemon({ kind: 'hangs', why: 'no answer' }, '1')).toMatchObject({
      status: 'problem',
      action: expect.stringMatching(/^Wait a minute.*load.*systemctl restart saltern-master/),
    })
    expect(judgeDaemon({ kind: 'refused', why: 'no right' }, '1').status).toBe('unknown')
  })
})

describe('doctor: files of the state directory', () => {
  const key = { path: '/s/identity/root.key', mode: 0o600, uid: 0, forbidden: 0o077 }
  const at = (files: readonly (typeof key)[], owner = 0) =>
    judgeState({ directory: '/s', files: { value: files }, owner })

  it('doctor names files that others may read or change, with the command that repairs them', () => {
    expect(at([key]).map(({ status }) => status)).toEqual(['ok', 'ok', 'ok'])
    expect(at([{ ...key, mode: 0o644 }])[0]).toMatchObject({
      status: 'problem',
      found: 'other users may read /s/identity/root.key (mode 0644)',
      action: 'Type `chmod go= /s/identity/root.key`.',
    })
    expect(at([{ path: '/srv/fleet', mode: 0o777, uid: 5, forbidden: 0o002 }])[0]).toMatchObject({
      status: 'problem',
      action: 'Type `chmod o-w /srv/fleet`.',
    })
  })

  it('doctor names files of another user than the owner of the state directory', () => {
    expect(at([{ ...key, uid: 33 }])[1]).toMatchObject({
      status: 'problem',
      found: 'another user owns /s/identity/root.key (user 33)',
      action: 'Type `chown 0 /s/identity/root.key`.',
    })
    expect(at([{ ...key, uid: 0 }], 33)[1]).toMatchObject({ status: 'ok' })
  })

  it('doctor shows a damaged identity, a missing state directory, and one that may not be read', () => {
    const state = { directory: '/s', files: { value: [key] }, owner: 0 }
    const identity = { message: '`/s/identity/root.key` is damaged', hint: 'Restore it.' }

    expect(judgeState({ ...state, identity })[2]).toMatchObject({ status: 'problem', action: 'Restore it.' })
    expect(judgeState({ ...state, files: { value: undefined } })).toMatchObject([{ status: 'problem' }])
    expect(judgeState({ ...state, files: { unknown: 'you may not read /s' } })).toMatchObject([
      { status: 'unknown', found: 'you may not read /s', action: expect.stringMatching(/as root/) },
    ])
  })
})

describe('doctor: disk, store and backup', () => {
  const disk = { directory: '/s', bytes: 100e9, freeBytes: 50e9, inodes: 1000, freeInodes: 500 }
  const statuses = (facts: Partial<typeof disk>) =>
    judgeDisk({ value: { ...disk, ...facts } }, { value: [] }, SETTINGS).map(
      ({ check, status }) => `${check} ${status}`,
    )

  it('doctor finds a disk that is full or nearly full, in bytes and in inodes', () => {
    expect(statuses({})).toEqual(['bytes ok', 'inodes ok', 'parts ok'])
    expect(statuses({ freeBytes: 2e9 })[0]).toBe('bytes ok')
    expect(statuses({ bytes: 4e9, freeBytes: 0.9e9 })[0]).toBe('bytes ok')
    expect(statuses({ freeBytes: 0.9e9 })[0]).toBe('bytes warning')
    expect(statuses({ freeBytes: 0 })[0]).toBe('bytes problem')
    expect(statuses({ freeInodes: 60 })[1]).toBe('inodes warning')
    expect(statuses({ freeInodes: 0 })[1]).toBe('inodes problem')
    expect(statuses({ inodes: 0, freeInodes: 0 })[1]).toBe('inodes ok')
  })

  it('doctor names the largest parts, and the setting of recordings when these are the largest', () => {
    const parts = {
      value: [
        { name: 'saltern.db', bytes: 2e6 },
        { name: 'recordings', bytes: 5e9 },
      ],
    }
    const checks = judgeDisk({ value: { ...disk, freeBytes: 1 } }, parts, SETTINGS)

    expect(checks[0]?.action).toContain(`lower \`recordings: {size: ...}\` in ${SETTINGS}`)
    expect(checks[2]?.found).toBe('recordings 4.7 GiB, saltern.db 1.9 MiB')
  })

  it('doctor finds a damaged store, one of another version and one with a large write-ahead log', () => {
    const store: StoreFacts = { schema: 14, newestSchema: 14, walBytes: 1000, faults: { value: [] } }
    const of = (facts: Partial<StoreFacts>) =>
      judgeStore({ value: { ...store, ...facts } }).map(({ check, status }) => `${check} ${status}`)

    expect(of({})).toEqual(['schema ok', 'wal ok', 'integrity ok'])
    expect(of({ schema: 0 })[0]).toBe('schema problem')
    expect(of({ schema: 15 })[0]).toBe('schema problem')
    expect(of({ schema: 13 })[0]).toBe('schema warning')
    expect(of({ walBytes: 1e9 })[1]).toBe('wal warning')
    expect(of({ faults: { value: ['wrong # of entries in index'] } })[2]).toBe('integrity problem')
    expect(of({ faults: { unknown: 'no answer within 10 s' } })[2]).toBe('integrity unknown')
  })

  it('doctor says how old the last backup is, and that it knows of none', () => {
    const of = (last: number | undefined) => judgeBackup({ value: last }, NOW)[0]

    expect(of(NOW - DAY)).toMatchObject({ status: 'ok' })
    expect(of(NOW - 8 * DAY)).toMatchObject({ status: 'warning', found: 'the last one is of 2026-11-23, 8 days ago' })
    expect(of(undefined)).toMatchObject({ status: 'unknown', action: expect.stringMatching(/master backup FILE/) })
  })
})

describe('doctor: clock and certificates', () => {
  it('doctor says whether the clock is synchronised, or that it could not find out', () => {
    expect(judgeSynchronised({ value: true })[0]?.status).toBe('ok')
    expect(judgeSynchronised({ value: false })[0]).toMatchObject({
      status: 'warning',
      action: expect.stringMatching(/set-ntp true/),
    })
    expect(judgeSynchronised({ unknown: 'no bus' })[0]?.status).toBe('unknown')
  })

  it('doctor finds a certificate that is expired, not valid yet, or expires within 30 days', () => {
    const good = { notBefore: NOW - DAY, notAfter: NOW + 100 * DAY }
    const of = (master: typeof good, tls = good) =>
      judgeCertificates({ value: { master, tls, directory: '/s/identity' } }, NOW).map(({ status }) => status)

    expect(of(good)).toEqual(['ok', 'ok', 'ok'])
    expect(of({ ...good, notAfter: NOW - 1 })[0]).toBe('problem')
    expect(of({ ...good, notBefore: NOW + 1 })[0]).toBe('problem')
    expect(of({ ...good, notAfter: NOW + 29 * DAY })[0]).toBe('warning')
    expect(of(good, { ...good, notAfter: NOW - 1 })[1]).toBe('warning')
  })
})
