import { describe, expect, it } from 'vitest'
import { renderAllocations } from '../../../master/cli/render/allocation.ts'
import { renderApply } from '../../../master/cli/render/apply.ts'
import { renderKeys } from '../../../master/cli/render/keys.ts'
import { renderEvent, renderPing } from '../../../master/cli/render/lists.ts'
import { renderMinions } from '../../../master/cli/render/minions.ts'
import { countsText } from '../../../master/cli/render/outcome.ts'
import { renderReports } from '../../../master/cli/render/report.ts'
import { renderRoles } from '../../../master/cli/render/roles.ts'
import { PLAIN, safe } from '../../../master/cli/render/style.ts'
import type { ApplyResult, RunOutcome } from '../../../master/jobs/results.ts'
import type { ErrorCode } from '../../../protocol/errors.ts'
import type { Fingerprint, JobId, MinionId, RunId, Sha256, StateKey } from '../../../protocol/ids.ts'
import type { Report, StateResult } from '../../../protocol/report.ts'

const HOSTILE = 'a\u001b]0;owned\u0007b\u001b[2Jc\u009b31md\u202ee\rf'

const RESULT: StateResult = {
  key: 'db/file.managed//etc/x' as StateKey,
  type: 'file.managed',
  id: '/etc/x',
  name: '/etc/x',
  role: 'db',
  declaredAt: [{ file: 'roles/db/states.yml', line: 3, column: 1 }],
  outcome: 'changed',
  actions: [{ kind: 'write-file', summary: 'write /etc/x (5 B, mode 0644)' }],
  diff: 'Index: /etc/x\n====\n--- /etc/x\n+++ /etc/x\n@@ -1 +1 @@\n-old\n+new\n',
  startedAt: '2026-11-21T03:00:00.000Z',
  durationMs: 12,
}

const RUN: RunOutcome = {
  run: 'run-1',
  job: 'job-1',
  minion: 'db1',
  test: false,
  state: 'done',
  wave: 0,
  queuedAt: '2026-11-21T03:00:00.000Z',
  durationMs: 1500,
  counts: { changed: 1, unchanged: 4 },
  results: [RESULT],
  checks: [],
  owed: [],
}

const APPLIED: ApplyResult = {
  job: 'job-1',
  verb: 'apply',
  revision: 'abcdef0123456789',
  git: '0123456789abcdef',
  dirty: true,
  runs: [RUN],
  offline: [{ minion: 'db2', since: '2026-11-21T02:59:01.000Z', waiting: false }],
}

it('safe escapes control characters and bidirectional overrides', () => {
  expect(safe(HOSTILE)).toBe('a\\x1b]0;owned\\x07b\\x1b[2Jc\\x9b31md\\u202ee\\x0df')
})

it('safe keeps letters of all scripts, and line breaks where they are allowed', () => {
  expect(safe('Größe 東京 🚀\n\tx', { lines: true })).toBe('Größe 東京 🚀\n\tx')
  expect(safe('a\nb')).toBe('a\\x0ab')
})

it('the result of an apply lists each minion with changes, source, duration, offline minions and revision', () => {
  expect(renderApply(APPLIED, PLAIN)).toBe(
    [
      'changed       file.managed /etc/x  role db',
      '      write /etc/x (5 B, mode 0644)',
      '      @@ -1 +1 @@',
      '      -old',
      '      +new',
      '',
      'db1  done  1 changed, 4 unchanged  1.5 s',
      'db2  offline since 2026-11-21 02:59:01 UTC',
      '2 minions: 1 done, 1 offline; states: 1 changed, 4 unchanged',
      'exit code 4: a minion was unreachable',
      'fleet abcdef012345 (git 0123456789ab, with uncommitted changes)  details: master report job-1',
      '',
    ].join('\n'),
  )
})

it('the counts of an apply say `0 changed`, and those of a dry run `0 would-change`', () => {
  expect(countsText({ unchanged: 3 }, false)).toBe('0 changed, 3 unchanged')
  expect(countsText({ unchanged: 3 }, true)).toBe('0 would-change, 3 unchanged')
  expect(countsText({ failed: 1, changed: 2 }, false)).toBe('2 changed, 1 failed, 0 unchanged')
})

describe('text of a minion', () => {
  const report: Report = {
    format: 1,
    run: 'run-1' as RunId,
    job: 'job-1' as JobId,
    minion: 'db1' as MinionId,
    test: false,
    origin: 'order',
    catalog: 'c' as Sha256,
    generation: 1,
    bootId: 'b',
    startedAt: '2026-11-21T03:00:00.000Z',
    finishedAt: '2026-11-21T03:00:01.000Z',
    durationMs: 1000,
    state: 'failed',
    counts: { failed: 1 },
    results: [
      {
        ...RESULT,
        id: HOSTILE,
        type: HOSTILE,
        role: HOSTILE,
        outcome: 'failed',
        note: HOSTILE,
        diff: HOSTILE,
        output: HOSTILE,
        actions: [{ kind: 'run', summary: HOSTILE }],
        problem: {
          code: HOSTILE as ErrorCode,
          message: HOSTILE,
          hint: HOSTILE,
          excerpt: HOSTILE,
          source: { file: HOSTILE, line: 1, column: 1 },
        },
      },
    ],
    owed: [{ state: HOSTILE as StateKey, cause: HOSTILE as StateKey }],
    problem: { code: 'INTERNAL', message: HOSTILE },
  }

  it('a report shows program output line by line below the action', () => {
    const said = { ...RESULT, output: 'first\nsecond' }

    expect(renderReports({ reports: [{ ...report, results: [said] }], without: [] }, PLAIN)).toMatch(
      / +write \/etc\/x .*\n {6}\| first\n {6}\| second\n/,
    )
  })

  it('text from a minion is escaped wherever it is printed', () => {
    const offline = { minion: HOSTILE, since: HOSTILE, waiting: true }
    const key = {
      minion: HOSTILE,
      state: 'pending',
      fingerprint: HOSTILE as Fingerprint,
      firstSeenAt: HOSTILE,
      address: HOSTILE,
    } as const
    const printed = [
      renderReports({ reports: [report], without: [] }, PLAIN),
      renderApply(
        {
          ...APPLIED,
          offline: [offline],
          runs: [{ ...RUN, results: report.results, problem: { code: 'INTERNAL', message: HOSTILE } }],
        },
        PLAIN,
      ),
      renderKeys([key], PLAIN),
      renderMinions(
        [
          {
            minion: HOSTILE,
            key: 'accepted',
            connected: true,
            roles: [HOSTILE],
            os: HOSTILE,
            ip4: HOSTILE,
            level: HOSTILE,
          },
        ],
        PLAIN,
      ),
      renderPing({ minion: HOSTILE, ok: true, ms: 1 }, PLAIN),
      renderEvent({ seq: 1, at: HOSTILE, type: HOSTILE, event: { x: HOSTILE } }, PLAIN),
    ].join('')

    const dangerous = (printed.match(/[\p{Cc}\p{Cf}]/gu) ?? []).filter(character => character !== '\n')
    expect(dangerous).toEqual([])
    expect(printed).toContain('\\x1b]0;owned\\x07')
  })
})

it('a draft role is listed as a draft, and an apply says that it was not applied', () => {
  const role = {
    role: 'app',
    state: 'contract',
    includes: [],
    minions: [],
    contract: [],
    demands: '',
    summary: 's',
  } as const

  expect(renderRoles([role], PLAIN)).toMatch(/^app +draft /m)
  expect(renderApply({ ...APPLIED, contractOnly: [{ role: 'app', minions: ['db1', 'db2'] }] }, PLAIN)).toContain(
    'role app is a draft and was not applied to db1 and db2\n',
  )
})

it('an empty list of allocations prints `no allocations`', () => {
  expect(renderAllocations([], PLAIN)).toBe('no allocations\n')
})
