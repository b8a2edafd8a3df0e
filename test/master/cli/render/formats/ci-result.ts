import type { ApplyResult, RunOutcome } from '../../../../../master/jobs/results.ts'
import type { StateKey } from '../../../../../protocol/ids.ts'
import type { StateOutcome } from '../../../../../protocol/outcomes.ts'
import type { StateResult } from '../../../../../protocol/report.ts'

const DIFF = `--- /etc/motd
+++ /etc/motd
@@ -1 +1 @@
-hello
+welcome
`

/** One state of the role `web`, as a minion reports it. */
export function state(id: string, outcome: StateOutcome, more: Partial<StateResult> = {}): StateResult {
  return {
    key: `web/file.managed/${id}` as StateKey,
    type: 'file.managed',
    id,
    name: id,
    role: 'web',
    declaredAt: [{ file: 'roles/web/states.yml', line: 12, column: 3 }],
    outcome,
    actions: [],
    startedAt: '2026-11-30T10:00:00.000Z',
    durationMs: 40,
    ...more,
  }
}

export function run(minion: string, results: readonly StateResult[], more: Partial<RunOutcome> = {}): RunOutcome {
  return {
    run: `run-${minion}`,
    job: 'job-1',
    minion,
    test: false,
    state: 'done',
    wave: 0,
    queuedAt: '2026-11-30T10:00:00.000Z',
    durationMs: 1200,
    counts: { changed: 1, unchanged: 23 },
    results,
    checks: [],
    owed: [],
    ...more,
  }
}

const CHANGED = state('/etc/motd', 'changed', {
  actions: [{ kind: 'write-file', summary: 'write `/etc/motd` (8 B, mode 0644)' }],
  diff: DIFF,
})
const FAILED = state('/srv/app.conf', 'failed', {
  declaredAt: [{ file: 'roles/web/states.yml', line: 20, column: 1 }],
  problem: {
    code: 'PROGRAM_FAILED',
    message: '`app-config --check` ended with exit code 1',
    hint: 'Run it on the host to see why.',
  },
})
const BLOCKED = state('/srv/app.d', 'blocked', {
  declaredAt: [{ file: 'roles/web/states.yml', line: 26, column: 1 }],
  note: 'requires web/file.managed//srv/app.conf',
})
const FAILURE = {
  state: 'failed',
  counts: { changed: 1, failed: 1, blocked: 1, unchanged: 21 },
} as const

/** An apply in which much went wrong: a failed state on two minions, a check, an offline minion and one without a catalog. */
export const CI_RESULT: ApplyResult = {
  job: 'job-1',
  verb: 'apply',
  revision: '0123456789abcdef',
  runs: [
    run('web1', [CHANGED], { checks: [{ key: 'web/answers', outcome: 'passed', durationMs: 5 }] }),
    run('web2', [CHANGED, FAILED, BLOCKED], FAILURE),
    run('web3', [CHANGED, FAILED, BLOCKED], FAILURE),
  ],
  offline: [{ minion: 'web4', since: '2026-11-29T08:00:00.000Z', waiting: false }],
  leftOut: [
    {
      minion: 'db1',
      problems: [
        {
          code: 'PILLAR_MISSING',
          message: 'no pillar value `db.password`',
          source: { file: 'roles/db/states.yml', line: 4, column: 11 },
        },
      ],
    },
  ],
}
