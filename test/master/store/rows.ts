import type { Store } from '../../../master/store/open.ts'
import type { NewJob, NewRun } from '../../../master/store/tables/jobs.ts'
import { sha256Of } from '../../../protocol/catalog.ts'
import type { JobId, MinionId, RunId, StateKey } from '../../../protocol/ids.ts'
import type { Observations } from '../../../protocol/observations.ts'
import type { StateOutcome } from '../../../protocol/outcomes.ts'
import { countOutcomes, type Report, type StateResult } from '../../../protocol/report.ts'
import { encodeReport } from '../../../protocol/report-codec.ts'

export const START = Date.parse('2026-11-21T10:00:00Z')
export const DB1 = 'db1' as MinionId
export const DB2 = 'db2' as MinionId

export function jobId(number: number): JobId {
  return `job-${String(number).padStart(26, '0')}` as JobId
}

export function runId(number: number): RunId {
  return `run-${String(number).padStart(26, '0')}` as RunId
}

export function newJob(number: number, changes: Partial<NewJob> = {}): NewJob {
  return {
    id: jobId(number),
    verb: 'apply',
    origin: 'order',
    target: 'role=db',
    operator: 'root',
    revision: sha256Of('fleet'),
    git: 'abc123',
    dirty: false,
    options: { wait: 60 },
    expiresAt: new Date(START + 60_000).toISOString(),
    ...changes,
  }
}

/** Creates a run of a catalog that is put into the store. */
export function newRun(store: Store, number: number, changes: Partial<NewRun> = {}): NewRun {
  const catalog = store.blobs.put(new TextEncoder().encode(`catalog of run ${number}`)).sha256
  return { id: runId(number), minion: DB1, catalog, ...changes }
}

export function newReport(number: number, changes: Partial<Report> = {}): Report {
  const results = changes.results ?? [result('unchanged', 0), result('changed', 1), result('failed', 2)]
  return {
    format: 1,
    run: runId(number),
    job: jobId(number),
    minion: DB1,
    test: false,
    origin: 'order',
    catalog: sha256Of(`catalog of run ${number}`),
    generation: 1,
    bootId: 'boot-1',
    startedAt: '2026-11-21T10:00:01.000Z',
    finishedAt: '2026-11-21T10:00:02.000Z',
    durationMs: 1000,
    state: 'done',
    counts: countOutcomes(results),
    results,
    owed: [],
    ...changes,
  }
}

export function result(outcome: StateOutcome, number: number): StateResult {
  return {
    key: `base/file.managed/f${number}` as StateKey,
    type: 'file.managed',
    id: `f${number}`,
    name: `/etc/f${number}`,
    role: 'base',
    declaredAt: [{ file: 'roles/base/states.yml', line: number + 1, column: 1 }],
    outcome,
    actions: outcome === 'changed' ? [{ kind: 'write-file', summary: `write \`/etc/f${number}\`` }] : [],
    ...(outcome === 'changed' ? { diff: '-a\n+b\n' } : {}),
    startedAt: '2026-11-21T10:00:01.000Z',
    durationMs: 5,
  }
}

/** A host that listens on one port. */
export function observedAt(at: string, port = 22): Observations {
  const sockets = [{ proto: 'tcp', address: '0.0.0.0', port }] as const
  return { at, sockets, mounts: [], addresses: ['10.0.0.5'], answers: [], certificates: [] }
}

/** A report as its minion delivers it. */
export function delivered(report: Report) {
  return { minion: report.minion, run: report.run, bytes: encodeReport(report), signature: new Uint8Array(64).fill(7) }
}
