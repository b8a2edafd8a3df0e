import { expect, it } from 'vitest'
import type { RunRow } from '../../master/jobs/results.ts'
import type { StateOutcome } from '../../protocol/outcomes.ts'
import type { Report } from '../../protocol/report.ts'
import { failuresOf } from '../../scripts/chaos/failures.ts'
import { brokenInvariants, type MasterRecord, type MinionRecord } from '../../scripts/chaos/invariants.ts'
import { randomOf } from '../../scripts/chaos/random.ts'
import { chaosTable } from '../../scripts/chaos/table.ts'

function runOf(run: string, state: RunRow['state'] = 'done'): RunRow {
  return { run, job: 'job-1', minion: 'm1', test: false, state, wave: 0, queuedAt: '' }
}

/** A report of a run that wrote a revision. */
function reportOf(run: string, revision: number, outcome: StateOutcome = 'changed'): Report {
  const state = outcome === 'changed' ? 'done' : 'failed'
  return { run, minion: 'm1', state, results: [{ id: `record-${revision}`, outcome }] } as unknown as Report
}

const master: MasterRecord = {
  runs: [runOf('run-1'), runOf('run-2')],
  reports: [reportOf('run-1', 1), reportOf('run-2', 2)],
  stored: ['run-1', 'run-2'],
}
const minion: MinionRecord = {
  minion: 'm1',
  executions: [
    { revision: 1, onDisk: 1 },
    { revision: 2, onDisk: 2 },
  ],
  ended: ['run-1', 'run-2'],
  unsent: [],
  onDisk: 2,
}

it('the chaos invariants hold for two runs that were executed, reported and stored once', () => {
  expect(brokenInvariants(master, [minion])).toEqual([])
})

it('the chaos invariants hold for a run killed in a state, whether its line was written or not', () => {
  const killed = { ...master, reports: [reportOf('run-1', 1), reportOf('run-2', 2, 'interrupted')] }

  expect(brokenInvariants(killed, [minion])).toEqual([])
  expect(brokenInvariants(killed, [{ ...minion, executions: minion.executions.slice(0, 1) }])).toEqual([])
})

it.each([
  [
    'a run without an outcome',
    { ...master, runs: [runOf('run-1'), runOf('run-2', 'sent')] },
    minion,
    'run-2 on m1 has no outcome: it is sent',
  ],
  [
    'a report that the minion still has',
    master,
    { ...minion, unsent: ['run-2.report'] },
    'm1 still has run-2.report in its outbox',
  ],
  ['a report that was stored twice', { ...master, stored: ['run-1', 'run-1'] }, minion, 'stored twice'],
  ['a run that ended twice', master, { ...minion, ended: ['run-1', 'run-1', 'run-2'] }, 'm1 ended run-1 twice'],
  [
    'a report that is lost',
    { ...master, reports: master.reports.slice(0, 1) },
    { ...minion, executions: minion.executions.slice(0, 1) },
    'the report of run-2 from m1 is lost',
  ],
  [
    'content that was put in place twice for one report',
    master,
    { ...minion, executions: [...minion.executions, { revision: 2, onDisk: 2 }] },
    'put revision 2 in place 2 times, its reports say 1 to 1',
  ],
  [
    'content that was put in place without a report',
    { ...master, reports: master.reports.slice(0, 1) },
    { ...minion, ended: ['run-1'] },
    'put revision 2 in place 1 times, its reports say 0 to 0',
  ],
  [
    'a report of what was not done',
    master,
    { ...minion, executions: minion.executions.slice(1) },
    'run-1 reports what m1 never did',
  ],
  [
    'older content after newer',
    master,
    { ...minion, executions: minion.executions.toReversed(), onDisk: 2 },
    'the content of m1 went back from revision 2 to 1',
  ],
  [
    'older content on the disk than a report said was done',
    master,
    { ...minion, onDisk: 1 },
    'm1 has revision 1 on its disk after 2',
  ],
])('the chaos invariants are violated by %s', (_what, ofMaster, ofMinion, says) => {
  const broken = brokenInvariants(ofMaster, [ofMinion])

  expect(broken).toHaveLength(1)
  expect(broken[0]).toContain(says)
})

it('failuresOf names the minion, the problem of the run and each failed state', () => {
  const problem = { code: 'RUN_INTERRUPTED', message: 'killed' } as const
  const reports = [{ ...reportOf('run-2', 2, 'interrupted'), problem }]

  expect(failuresOf({ runs: [runOf('run-1'), runOf('run-2', 'failed')], reports })).toEqual([
    'm1 failed: RUN_INTERRUPTED killed; record-2 interrupted',
  ])
  const refused = { ...runOf('run-3', 'failed'), problem: { code: 'DISK_FULL', message: 'no room' } } as const
  expect(failuresOf({ runs: [refused], reports: [] })).toEqual(['m1 failed: DISK_FULL no room'])
})

it('the random numbers of a chaos loop depend only on the seed', () => {
  const drawn = (seed: number): readonly unknown[] => {
    const random = randomOf(seed)
    return [random.shuffle([1, 2, 3, 4, 5, 6, 7, 8]), random.between(0, 1_000_000), random.chance(50)]
  }

  expect(drawn(7)).toEqual(drawn(7))
  expect(drawn(7)).not.toEqual(drawn(8))
})

it('the chaos summary has one row per fault and one total row', () => {
  const broken = ['something']
  const rounds = [
    { fault: 'b', during: true, runs: [runOf('run-1')], failures: [], broken: [] },
    { fault: 'a', during: true, runs: [runOf('run-2'), runOf('run-3', 'failed')], failures: [], broken },
    { fault: 'a', during: false, runs: [runOf('run-4')], failures: [], broken: [] },
  ]

  expect(chaosTable({ rounds, leftOut: [], broken: [] }).split('\n').slice(2)).toEqual([
    '| a | 1 | 3 | done 2, failed 1 | 1 |',
    '| b | 1 | 1 | done 1 | 0 |',
    '| all | 2 | 4 | done 3, failed 1 | 1 |',
  ])
})
