import type { RunRow } from '../../master/jobs/results.ts'
import type { Report } from '../../protocol/report.ts'

/** What a minion itself knows, read from its own files. */
export interface MinionRecord {
  readonly minion: string
  /** One entry per execution that put the content in place: the revision that did it, and the one on disk at that time. */
  readonly executions: readonly { readonly revision: number; readonly onDisk: number }[]
  /** Runs in the order in which the agent ended them, including interrupted ones. */
  readonly ended: readonly string[]
  /** Reports that the master has not confirmed, or never will. */
  readonly unsent: readonly string[]
  /** Revision of the content on its disk now. */
  readonly onDisk: number
}

/** What the master has stored. */
export interface MasterRecord {
  readonly runs: readonly RunRow[]
  readonly reports: readonly Report[]
  /** The run of each event about a stored report. */
  readonly stored: readonly string[]
}

/** Id of the state that appends a line for each execution of the revision. */
export function recordState(revision: number): string {
  return `record-${revision}`
}

const FINAL: readonly RunRow['state'][] = ['done', 'failed', 'cancelled', 'expired', 'superseded']

export function isOpen({ state }: Pick<RunRow, 'state'>): boolean {
  return !FINAL.includes(state)
}

/** Lists broken invariants, one sentence each. Call it when nothing is running. Pure. */
export function brokenInvariants(master: MasterRecord, minions: readonly MinionRecord[]): readonly string[] {
  return [
    ...master.runs.filter(isOpen).map(({ run, minion, state }) => `${run} on ${minion} has no outcome: it is ${state}`),
    ...minions.flatMap(minion => [...brokenReports(master, minion), ...brokenContent(master, minion)]),
    ...twice(master.stored).map(run => `the report of ${run} was stored twice`),
    ...twice(master.reports.map(({ run }) => run)).map(run => `${run} has two reports`),
  ]
}

function brokenReports(master: MasterRecord, { minion, ended, unsent, executions }: MinionRecord): readonly string[] {
  const reports = master.reports.filter(report => report.minion === minion)
  const reported = new Set(reports.map(({ run }) => run as string))
  const revisions = new Set(executions.map(({ revision }) => revision))
  return [
    ...unsent.map(name => `${minion} still has ${name} in its outbox`),
    ...ended.filter(run => !reported.has(run)).map(run => `the report of ${run} from ${minion} is lost`),
    ...twice(ended).map(run => `${minion} ended ${run} twice`),
    ...[...revisions].flatMap(revision => {
      const outcomes = reports.flatMap(({ results }) => {
        const result = results.find(({ id }) => id === recordState(revision))
        return result === undefined ? [] : [result.outcome]
      })
      const certain = outcomes.filter(outcome => outcome === 'changed').length
      // A process that was killed meanwhile may or may not have written the line.
      const possible = certain + outcomes.filter(outcome => outcome === 'interrupted' || outcome === 'failed').length
      const lines = executions.filter(one => one.revision === revision).length
      if (lines >= certain && lines <= possible) return []
      return [`${minion} put revision ${revision} in place ${lines} times, its reports say ${certain} to ${possible}`]
    }),
    ...reports.flatMap(({ run, results }) => {
      const result = results.find(({ id, outcome }) => id.startsWith('record-') && outcome === 'changed')
      const revision = Number(result?.id.slice('record-'.length))
      return result === undefined || revisions.has(revision) ? [] : [`${run} reports what ${minion} never did`]
    }),
  ]
}

function brokenContent({ reports }: MasterRecord, { minion, executions, onDisk }: MinionRecord): readonly string[] {
  const back = executions.flatMap(({ onDisk: now }, index) => {
    const before = Math.max(0, ...executions.slice(0, index).map(one => one.onDisk))
    return now < before ? [`the content of ${minion} went back from revision ${before} to ${now}`] : []
  })
  const told = Math.max(
    0,
    ...reports.filter(report => report.minion === minion && report.state === 'done').flatMap(revisionsOf),
  )
  const least = Math.max(told, 0, ...executions.map(one => one.onDisk))
  return onDisk < least ? [...back, `${minion} has revision ${onDisk} on its disk after ${least}`] : back
}

function revisionsOf({ results }: Report): readonly number[] {
  return results.flatMap(({ id }) => (id.startsWith('record-') ? [Number(id.slice('record-'.length))] : []))
}

function twice(list: readonly string[]): readonly string[] {
  return [...new Set(list.filter((one, index) => list.indexOf(one) !== index))]
}
