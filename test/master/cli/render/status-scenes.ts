import type { StatusResult } from '../../../../master/verbs/status.ts'

/** A master with nothing to do, and the same one at three in the morning. */

export const WELL: StatusResult = {
  version: '0.1.0+121.g538efb5',
  node: '24.21.0',
  protocol: [1],
  pid: 812,
  startedAt: '2026-11-18T00:59:58.000Z',
  now: '2026-11-21T03:00:04.000Z',
  fleet: { id: '4f1c2a9be0d34c56', name: 'shop', directory: '/srv/fleet', revision: '136683b4aa72c0ffee' },
  root: 'SHA256:wMiZuXrvkq9qB0Em/DdIKXMDz2xrVxfBW9qXzoSTOOs',
  master: 'master1',
  listen: '0.0.0.0:7443',
  minions: { accepted: 40, connected: 40, pending: 0, offline: [] },
  runs: { onTheWay: 0 },
  jobs: [],
  schedule: {
    entries: 2,
    paused: [],
    failed: [],
    next: { schedule: 'nightly-test', at: '2026-11-21T05:30:00.000Z' },
  },
  certificates: {
    issued: 14,
    first: { minion: 'db1', name: 'server', notAfter: '2027-01-03T09:12:00.000Z' },
  },
  disk: { directory: '/var/lib/saltern', freeBytes: 13_314_398_618, totalBytes: 42_949_672_960 },
  failed: 0,
  failures: [],
  log: { lastSeq: 48_213 },
}

export const AT_NIGHT: StatusResult = {
  ...WELL,
  minions: {
    accepted: 40,
    connected: 37,
    pending: 2,
    taken: ['db1'],
    offline: [
      { minion: 'production-database-replica-frankfurt-2', since: '2026-11-21T02:41:09.000Z' },
      { minion: 'web13', since: '2026-11-21T02:41:10.000Z' },
      { minion: 'web38' },
    ],
  },
  fleet: {
    ...WELL.fleet,
    problems: [{ code: 'FLEET_INVALID', message: 'schedule.yml: `cron` has 4 fields, expected 5' }],
  },
  runs: { onTheWay: 4 },
  jobs: [
    {
      job: 'job-01m8qtepqrdjhh68f6j75svtyq',
      verb: 'apply',
      origin: 'order',
      target: 'role=web and level=production',
      operator: '山田太郎',
      createdAt: '2026-11-21T02:57:59.000Z',
      expiresAt: '2026-11-21T04:57:59.000Z',
      runs: { done: 33, failed: 1, running: 3, queued: 1 },
    },
  ],
  schedule: { entries: 3, paused: ['freeze'], failed: ['weekly-updates'] },
  certificates: {
    issued: 14,
    first: { minion: 'db1', name: 'server', notAfter: '2026-11-22T09:12:00.000Z' },
    overdue: { minion: 'db1', name: 'server', notAfter: '2026-11-22T09:12:00.000Z' },
  },
  disk: { directory: '/var/lib/saltern', freeBytes: 313_314_398, totalBytes: 42_949_672_960 },
  failed: 2,
  failures: [
    {
      minion: 'web4',
      run: 'run-01m8qtepqrdjhh68f6j75svtyr',
      job: 'job-01m8qtepqrdjhh68f6j75svtyq',
      verb: 'apply',
      state: 'failed',
      at: '2026-11-21T02:58:40.000Z',
      code: 'PROGRAM_FAILED',
      message: 'pkg.installed nginx modules: `apt-get install -y libnginx-mod-http-geoip2` ended with exit code 100',
    },
  ],
}
