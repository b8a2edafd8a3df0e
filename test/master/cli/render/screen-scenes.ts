import type { ApplyResult, RunOutcome } from '../../../../master/jobs/results.ts'
import type { ErrorCode } from '../../../../protocol/errors.ts'
import type { StateKey } from '../../../../protocol/ids.ts'
import { countOutcomes, type StateResult } from '../../../../protocol/report.ts'

/** Typical results of a fleet, for the transcripts in test/cases/screen. */

const JOB = 'job-01m8qtepqrdjhh68f6j75svtyq'
const CAUSE = 'web/file.managed//etc/nginx/nginx.conf'
const FLEET = { revision: '136683b4aa72c0ffee', git: '0123456789abcdef', dirty: false }

type Told = Partial<Pick<StateResult, 'actions' | 'diff' | 'note' | 'output' | 'problem' | 'durationMs'>>

/** A state of a role, declared on this line of its states. */
export function state(
  path: `${string}/${string}/${string}`,
  outcome: StateResult['outcome'],
  line: number,
  told: Told = {},
): StateResult {
  const [, role = '', type = '', id = ''] = /^([^/]+)\/([^/]+)\/(.+)$/.exec(path) ?? []
  return {
    key: path as StateKey,
    type,
    id,
    name: id,
    role,
    declaredAt: [{ file: `roles/${role}/states.yml`, line, column: 1 }],
    outcome,
    actions: [],
    startedAt: '2026-11-21T03:00:00.000Z',
    durationMs: 12,
    ...told,
  }
}

/** A run with these states, and this number of other, unchanged states. */
export function runOf(
  minion: string,
  results: readonly StateResult[],
  unchanged: number,
  more: Partial<RunOutcome> = {},
): RunOutcome {
  const isFailed = results.some(({ outcome }) => outcome === 'failed')
  return {
    run: `run-${minion}`,
    job: JOB,
    minion,
    test: false,
    state: isFailed ? 'failed' : 'done',
    wave: 0,
    queuedAt: '2026-11-21T03:00:00.000Z',
    durationMs: 8300,
    counts: { ...countOutcomes(results), ...(unchanged === 0 ? {} : { unchanged }) },
    results,
    checks: [],
    owed: [],
    ...more,
  }
}

function applied(runs: readonly RunOutcome[], more: Partial<ApplyResult> = {}): ApplyResult {
  return { job: JOB, verb: 'apply', ...FLEET, runs, offline: [], ...more }
}

function does(...summaries: readonly string[]): Pick<StateResult, 'actions'> {
  return { actions: summaries.map(summary => ({ kind: 'run', summary })) }
}

function nginx(minion: string, outcome: StateResult['outcome']): readonly StateResult[] {
  return [
    state('web/file.managed//etc/nginx/nginx.conf', outcome, 9, {
      ...does('write /etc/nginx/nginx.conf (2.1 kB, mode 0644, root:root)'),
      diff: `--- /etc/nginx/nginx.conf
+++ /etc/nginx/nginx.conf
@@ -3,7 +3,7 @@
 # ${minion}
 error_log /var/log/nginx/error.log;
 events {
-    worker_connections 512;
+    worker_connections 1024;
 }
 http {
     server_tokens off;
`,
    }),
    state('web/file.managed//etc/motd', outcome, 30, {
      ...does('write /etc/motd (64 B, mode 0644, root:root)'),
      diff: `--- /etc/motd
+++ /etc/motd
@@ -1,2 +1,2 @@
-Welcome to ${minion}
+Welcome to ${minion}.example.org
 Unauthorised use is prohibited.
`,
    }),
  ]
}

const RELOAD = state('web/service.running/nginx', 'changed', 14, {
  ...does('reload nginx'),
  note: `because of ${CAUSE}`,
  durationMs: 1340,
})
const NO_PACKAGE = state('web/pkg.installed/nginx modules', 'failed', 5, {
  durationMs: 5200,
  problem: {
    code: 'PROGRAM_FAILED' as ErrorCode,
    message:
      '`apt-get install -y libnginx-mod-http-geoip2` ended with exit code 100:\nE: Unable to locate package libnginx-mod-http-geoip2',
    hint: 'Run `apt-cache policy libnginx-mod-http-geoip2` on the host to see which repository should have it.',
  },
})
const NO_SPACE = state('base/file.managed//var/lib/app/cache.bin', 'failed', 71, {
  problem: {
    code: 'DISK_FULL',
    message: 'no space left on the device to write `/var/lib/app/cache.bin`',
    hint: 'Run `df -h /var/lib/app` on the host.',
  },
})

function blocked(path: `${string}/${string}/${string}`, line: number): StateResult {
  return state(path, 'blocked', line, { note: 'it needs web/pkg.installed/nginx modules, which failed' })
}

/** 300 states on 20 minions: two cannot install a package, one has a full disk. */
export function failingApply(): ApplyResult {
  const runs = Array.from({ length: 20 }, (_, at) => {
    const minion = `web${at + 1}`
    const own = nginx(minion, 'changed')
    const took = { durationMs: 6100 + at * 130 }
    if (at === 3 || at === 8) {
      const stopped = [
        blocked('web/file.managed//etc/nginx/geoip.conf', 20),
        blocked('web/service.running/geoipupdate.timer', 24),
        blocked('web/service.running/nginx', 14),
        blocked('web/cmd.run/warm the cache', 33),
      ]
      const owed = [{ state: 'web/service.running/nginx', cause: CAUSE }] as unknown as RunOutcome['owed']
      return runOf(minion, [NO_PACKAGE, ...own, ...stopped], 293, { ...took, owed })
    }
    const full = at === 16 ? [NO_SPACE] : []
    return runOf(minion, [...full, ...own, RELOAD], 297 - full.length, took)
  })
  const since = '2026-11-21T02:59:01.000Z'
  return applied(runs, { offline: [{ minion: 'web21', since, waiting: false }] })
}

/** The dry run before that apply. */
export function testOfTwenty(): ApplyResult {
  const runs = Array.from({ length: 20 }, (_, at) => {
    const minion = `web${at + 1}`
    const reload = { ...RELOAD, outcome: 'would-change', durationMs: 40 } as const
    const warm = state('web/cmd.run/warm the cache', 'may-change', 33, {
      note: 'runs only if something it lists under `onchanges` changes, which is not known yet',
    })
    const results = [...nginx(minion, 'would-change'), reload, warm]
    return runOf(minion, results, 296, { test: true, durationMs: 900 + at * 20 })
  })
  return applied(runs, { verb: 'test' })
}

const CONFIG = Array.from({ length: 40 }, (_, at) => `+option_${at + 1} = ${at * 3}`).join('\n')

/** A new role on two hosts. */
export function firstApply(): ApplyResult {
  const runs = ['db1', 'db2'].map((minion, at) => {
    const results = [
      state('db/pkg.installed/mariadb packages', 'changed', 1, {
        ...does('install mariadb-server, mariadb-client'),
        durationMs: 5200 + at,
      }),
      state('db/tls.certificate/mariadb certificate', 'changed', 10, {
        ...does(
          'write /etc/mysql/tls/server.key (secret content, mode 0640, root:mysql)',
          'write /etc/mysql/tls/server.crt (1.1 kB, mode 0644, root:root)',
        ),
        diff: '/etc/mysql/tls/server.key: secret content changed\n',
      }),
      state('db/file.managed//etc/mysql/mariadb.conf.d/60-fleet.cnf', 'changed', 18, {
        ...does('write /etc/mysql/mariadb.conf.d/60-fleet.cnf (902 B, mode 0644, root:root)'),
        diff: `--- /etc/mysql/mariadb.conf.d/60-fleet.cnf\n+++ /etc/mysql/mariadb.conf.d/60-fleet.cnf\n@@ -0,0 +1,41 @@\n+server_id = ${at + 1}\n${CONFIG}\n`,
      }),
      state('db/service.running/mariadb', 'changed', 26, {
        ...does('restart mariadb'),
        note: 'because of db/file.managed//etc/mysql/mariadb.conf.d/60-fleet.cnf, db/tls.certificate/mariadb certificate',
        durationMs: 2387,
      }),
      ...(at === 0
        ? []
        : [state('db/mysql_replica.configured/replication', 'changed', 32, does('replicate from 10.213.0.11:3306'))]),
    ]
    return runOf(minion, results, 0, { checks: [{ key: 'db/answers', outcome: 'passed', durationMs: 30 }] })
  })
  return applied(runs)
}

/** The same in full, as `-v --slowest` asks for it: two more states, of which one is unchanged on both. */
export function firstApplyInFull(): ApplyResult {
  const { runs, ...result } = firstApply()
  const more = [
    state('base/pkg.installed/openssh', 'unchanged', 3, { durationMs: 210 }),
    state('base/cmd.run/import the old host keys', 'skipped', 8, {
      note: 'nothing it lists under `onchanges` changed',
    }),
  ]
  const slow = (key: string, durationMs: number, minion: string, minions: number) => {
    const { type, id, role } = state(key as `${string}/${string}/${string}`, 'changed', 1)
    return { key, type, id, role, durationMs, minion, minions }
  }
  return {
    ...result,
    runs: runs.map(run => ({
      ...run,
      counts: { ...run.counts, unchanged: 1, skipped: 1 },
      results: [...more, ...run.results],
    })),
    slowest: [
      slow('db/pkg.installed/mariadb packages', 5201, 'db2', 2),
      slow('db/service.running/mariadb', 2387, 'db1', 2),
      slow('db/mysql_replica.configured/replication', 12, 'db2', 1),
    ],
  }
}

/** 300 states on this number of minions, all unchanged. */
export function steadyApply(minions: number): ApplyResult {
  return applied(Array.from({ length: minions }, (_, at) => runOf(`web${at + 1}`, [], 300, { durationMs: 400 + at })))
}
