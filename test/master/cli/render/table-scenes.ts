import type { JobRow } from '../../../../master/jobs/results.ts'
import type { RoleRow } from '../../../../master/verbs/fleet.ts'
import type { KeyRow } from '../../../../master/verbs/keys.ts'
import type { MinionRow } from '../../../../master/verbs/minions.ts'
import type { ScheduleListResult, ScheduleRow } from '../../../../master/verbs/schedule.ts'
import type { SessionLine } from '../../../../master/verbs/sessions.ts'
import type { Fingerprint } from '../../../../protocol/ids.ts'

/** Lists of a fleet of forty minions, for the transcripts in test/cases/screen. */

const MIDNIGHT = Date.parse('2026-11-21T00:00:00.000Z')
const LONG_ID = 'production-database-replica-frankfurt-2'

function at(minutes: number): string {
  return new Date(MIDNIGHT + minutes * 60_000 + (minutes % 60) * 1000).toISOString()
}

export function minionList(): readonly MinionRow[] {
  return Array.from({ length: 40 }, (_, index): MinionRow => {
    const number = index + 1
    const shared = {
      key: 'accepted',
      connected: number % 13 !== 0,
      lastSeenAt: at(number),
      level: number < 30 ? 'production' : 'staging',
      os: 'debian',
      address: `10.213.0.${number}`,
      ip4: `10.213.0.${number}`,
      version: '0.1.0',
    } as const
    const run = `run-${number}`
    if (number === 7) return { ...shared, minion: LONG_ID, roles: ['base', 'db', 'db-replica', 'monitoring'] }
    if (number === 38) return { minion: 'web38', key: 'none', connected: false, roles: ['base', 'web'] }
    return {
      ...shared,
      minion: `web${number}`,
      roles: number % 5 === 0 ? ['base', 'web', 'varnish', 'certificates', 'monitoring'] : ['base', 'web'],
      lastRun: { run, verb: 'apply', state: number === 4 ? 'failed' : 'done', at: at(180 + number) },
      ...(number === 4 ? {} : { drift: { run, states: number % 11 === 0 ? number : 0, at: at(180 + number) } }),
    }
  })
}

export function roleList(): readonly RoleRow[] {
  const web = Array.from({ length: 38 }, (_, index) => `web${index + 1}`)
  const role = (name: string, summary: string, minions: readonly string[], more: Partial<RoleRow> = {}): RoleRow => {
    return { role: name, summary, minions, includes: [], state: 'ready', demands: '', contract: [], ...more }
  }
  const kept = [{ level: 'production', judged: 2, broken: 0 }]
  return [
    role('base', 'what every host has: users, ssh, time, and updates of security', [...web.slice(0, 6), LONG_ID]),
    role('db', 'MariaDB with TLS', ['db1'], {
      demands: 'exactly 1 in each level, port 3306 only from role web',
      contract: kept,
      holders: [{ level: 'production', minion: 'db1', inventory: ['db2'] }],
    }),
    role('db-replica', 'レプリカ: 読み取り専用のデータベース', [LONG_ID], { demands: 'at least 1', contract: kept }),
    role('dns', 'resolver with a cache', [], { state: 'contract' }),
    role('web', 'nginx in front of the application', web, {
      includes: ['base'],
      demands: 'at least 2 in each level',
      contract: [...kept, { level: 'staging', judged: 1, broken: 1 }],
    }),
  ]
}

export function scheduleList(): ScheduleListResult {
  const shared = { timezone: 'Europe/Berlin', splayMs: 0, withinMs: 3_600_000, recipients: ['ops'] } as const
  const row = (schedule: string, cron: string, more: Partial<ScheduleRow> = {}): ScheduleRow => {
    return {
      ...shared,
      schedule,
      cron,
      verb: 'test',
      target: '*',
      overlap: 'skip',
      missed: 'skip',
      state: 'on',
      next: at(1620),
      last: { due: at(180), firedAt: at(180), outcome: 'done', job: 'job-01m8qtepqrdjhh68f6j75svtyq' },
      ...more,
    }
  }
  const failed = { due: at(240), firedAt: at(240), outcome: 'failed' } as const
  return {
    schedules: [
      row('nightly-test', '0 3 * * *'),
      row('weekly-updates', '30 2 * * 1-5', {
        verb: 'apply',
        target: 'role=web and level=production and not (web1,web2)',
        last: { ...failed, problem: { code: 'DELIVERY_FAILED', message: 'the mail server did not answer' } },
      }),
      row('compliance', '0 6 1 * *', { verb: 'compliance', state: 'working' }),
      row('freeze', '0 0 24 12 *', { state: 'paused', verb: 'apply' }),
    ].map(({ next, last, ...rest }): ScheduleRow => {
      if (rest.state === 'paused') return rest
      return { ...rest, ...(next === undefined ? {} : { next }), ...(last === undefined ? {} : { last }) }
    }),
    problems: [],
    deliveries: [
      {
        delivery: 'dlv-1',
        recipient: 'ops',
        subject: 'weekly-updates: 3 of 38 minions failed',
        queuedAt: at(240),
        nextAt: at(255),
        attempts: 2,
        problem: { code: 'DELIVERY_FAILED', message: 'connection to mail.example.org:465 timed out after 30 s' },
      },
    ],
  }
}

const CLONES = { cloneAddress: '192.0.2.9', lastAdmitted: { address: '192.0.2.12', at: at(80) } }

export function keyList(): readonly KeyRow[] {
  const fingerprint = (letter: string) => `SHA256:${letter.repeat(43)}` as Fingerprint
  const accepted = { state: 'accepted', firstSeenAt: at(1), decidedAt: at(2), by: 'anna' } as const
  return [
    { ...accepted, minion: 'db1', fingerprint: fingerprint('A') },
    { ...accepted, minion: 'db2', fingerprint: fingerprint('B'), cloneAlarmAt: at(90), ...CLONES },
    { ...accepted, minion: LONG_ID, fingerprint: fingerprint('C'), by: 'join-token' },
    {
      minion: 'db1',
      state: 'pending',
      fingerprint: fingerprint('D'),
      firstSeenAt: at(100),
      address: '192.0.2.44',
      acceptedKey: fingerprint('A'),
    },
    { ...accepted, minion: 'old1', state: 'revoked', fingerprint: fingerprint('E') },
  ]
}

export function jobList(): readonly JobRow[] {
  const job = (number: number, target: string, runs: JobRow['runs'], more: Partial<JobRow> = {}): JobRow => ({
    job: `job-01m8qtepqrdjhh68f6j75sv${String(number).padStart(3, '0')}`,
    verb: 'apply',
    origin: 'order',
    target,
    operator: 'anna',
    createdAt: at(180 + number * 7),
    expiresAt: at(300),
    runs,
    ...more,
  })
  return [
    job(5, 'role=web level=production', { done: 38, failed: 2, running: 1 }),
    job(4, '*', { done: 40 }, { verb: 'test', operator: 'schedule:nightly-test' }),
    job(3, LONG_ID, { expired: 1 }, { operator: '山田太郎' }),
    job(2, 'web1,web2,web3,web4,web5,web6 and 31 more', { superseded: 37 }),
    job(1, 'web9', { done: 1 }, { origin: 'boot', operator: 'web9' }),
  ]
}

export function sessionList(): readonly SessionLine[] {
  const session = (number: number, more: Partial<SessionLine>): SessionLine => ({
    session: `ses-01m8qtepqrdjhh68f6j75sv${String(number).padStart(3, '0')}`,
    operator: 'anna',
    minion: 'web1',
    verb: 'ssh',
    openedAt: at(180 + number * 11),
    recording: 'kept',
    cut: false,
    ...more,
  })
  return [
    session(4, { user: 'root', recording: 'none' }),
    session(3, {
      verb: 'run',
      target: 'journalctl --unit nginx.service --since "1 hour ago" --no-pager',
      endedAt: at(230),
      durationMs: 125_000,
      exit: 0,
      bytesIn: 0,
      bytesOut: 1_834_221,
      recording: 'none',
    }),
    session(2, {
      minion: LONG_ID,
      operator: '山田太郎',
      endedAt: at(220),
      durationMs: 7_384_000,
      signal: 'SIGHUP',
      bytesIn: 812,
      bytesOut: 90_233,
      recording: 'altered',
    }),
    session(1, {
      verb: 'forward',
      target: '127.0.0.1:5432',
      endedAt: at(200),
      durationMs: 3_400,
      problem: { code: 'SESSION_LOST', message: 'web1 is offline' },
      recording: 'none',
    }),
  ]
}
