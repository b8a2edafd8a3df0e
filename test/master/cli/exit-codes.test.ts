import { expect, it } from 'vitest'
import { exitOfApply, exitOfPing, exitOfProblems, worstOf } from '../../../master/cli/exit-codes.ts'
import type { ApplyResult, RunOutcome } from '../../../master/jobs/results.ts'
import type { ErrorCode } from '../../../protocol/errors.ts'
import type { OutcomeCounts, RunState } from '../../../protocol/report.ts'

function run(state: RunState, counts: OutcomeCounts = {}): RunOutcome {
  const row = { run: 'run-1', job: 'job-1', minion: 'db1', test: false, wave: 0, queuedAt: '' }
  return { ...row, state, counts, results: [], checks: [], owed: [] }
}

function result(verb: 'apply' | 'test', runs: readonly RunOutcome[], offline = 0): ApplyResult {
  const minions = Array.from({ length: offline }, () => ({ minion: 'db2', waiting: false }))
  return { job: 'job-1', verb, revision: '', runs, offline: minions }
}

it('the worst of several exit codes is chosen in the order 2, 3, 1, 4, 5, 0', () => {
  expect(worstOf([0, 5, 4, 1, 3, 2])).toBe(2)
  expect(worstOf([0, 5, 4, 1, 3])).toBe(3)
  expect(worstOf([0, 5, 4, 1])).toBe(1)
  expect(worstOf([0, 5, 4])).toBe(4)
  expect(worstOf([0, 5])).toBe(5)
  expect(worstOf([])).toBe(0)
})

it('apply exits with 0 on success, 1 for a failure, and 4 for an offline or unfinished minion', () => {
  expect(exitOfApply(result('apply', [run('done', { changed: 2 })]), { detailed: true })).toBe(0)
  expect(exitOfApply(result('apply', [run('done'), run('failed')], 1), { detailed: false })).toBe(1)
  expect(exitOfApply(result('apply', [run('cancelled')]), { detailed: false })).toBe(1)
  expect(exitOfApply(result('apply', [run('done')], 1), { detailed: false })).toBe(4)
  expect(exitOfApply(result('apply', [run('expired')]), { detailed: false })).toBe(4)
  expect(exitOfApply(result('apply', [run('running')]), { detailed: false })).toBe(4)
})

it('apply exits with 2 when a minion was left out, whatever the result of the others', () => {
  const leftOut = [{ minion: 'db2', problems: [] }]

  expect(exitOfApply({ ...result('apply', [run('done')]), leftOut }, { detailed: false })).toBe(2)
  expect(exitOfApply({ ...result('test', [run('failed')], 1), leftOut }, { detailed: false })).toBe(2)
})

it('test exits with 5 only for pending changes and only with --detailed-exitcode', () => {
  const drifted = result('test', [run('done', { 'would-change': 1 })])

  expect(exitOfApply(drifted, { detailed: true })).toBe(5)
  expect(exitOfApply(drifted, { detailed: false })).toBe(0)
  expect(exitOfApply(result('test', [run('done', { 'may-change': 1 })]), { detailed: true })).toBe(0)
})

it('problems exit with 3 for no match, 4 without a master, 1 for a runtime error, and otherwise 2', () => {
  const of = (...codes: ErrorCode[]) => exitOfProblems(codes.map(code => ({ code, message: '' })))

  expect(of('TARGET_MATCHES_NOBODY')).toBe(3)
  expect(of('MASTER_NOT_RUNNING')).toBe(4)
  expect(of('STORE_LOCKED')).toBe(1)
  expect(of('INTERNAL')).toBe(1)
  expect(of('STATE_UNKNOWN', 'INTERNAL')).toBe(2)
})

it.each<ErrorCode>([
  'DESCRIPTORS_EXHAUSTED',
  'DISK_FULL',
  'FILE_CHANGED',
  'IDENTITY_DAMAGED',
  'OUTPUT_FAILED',
  'STORE_EMPTY',
  'SYSTEMD_UNREACHABLE',
])('a problem with the code %s exits with 1 because the command itself was valid', code => {
  expect(exitOfProblems([{ code, message: '' }])).toBe(1)
})

it('ping exits with 4 when a minion is offline', () => {
  expect(exitOfPing([{ minion: 'a', ok: true }])).toBe(0)
  expect(
    exitOfPing([
      { minion: 'a', ok: true },
      { minion: 'b', ok: false },
    ]),
  ).toBe(4)
})
