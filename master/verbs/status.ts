import { statfs } from 'node:fs/promises'
import { z } from 'zod'
import type { Problem } from '../../protocol/errors.ts'
import { AppError } from '../../protocol/errors.ts'
import { SUPPORTED_VERSIONS } from '../../protocol/version.ts'
import type { Caller } from '../access/caller.ts'
import type { ControlContext } from '../context.ts'
import { issuedCertificates } from '../control/issued-certificates.ts'
import { type FleetSnapshot, takeSnapshot } from '../control/snapshot.ts'
import type { JobRow } from '../jobs/results.ts'
import { jobRow } from '../jobs/run-views.ts'
import type { Minion } from '../store/tables/minions.ts'
import { defineVerb } from './define.ts'
import { takenIds } from './keys.ts'
import { failuresOf, type LastFailure } from './overview.ts'

export interface StatusResult {
  readonly version: string
  /** Version of Node that runs the master. */
  readonly node: string
  /** Versions of the wire that the master speaks, best first. */
  readonly protocol: readonly number[]
  readonly pid: number
  readonly startedAt: string
  /** Time of the master. */
  readonly now: string
  readonly fleet: {
    readonly id: string
    readonly name: string
    readonly directory: string
    /** Absent while fleet.yml or inventory.yml is unusable. */
    readonly revision?: string
    /** Problems of its files. */
    readonly problems?: readonly Problem[]
  }
  readonly root: string
  readonly master: string
  readonly listen: string
  readonly minions: {
    readonly accepted: number
    readonly connected: number
    readonly pending: number /** Ids with a pending key beside an accepted one. */
    readonly taken?: readonly string[]
    /** Some of those that are not connected, by id. */
    readonly offline: readonly { readonly minion: string; readonly since?: string }[]
  }
  /** Unfinished runs, and how many jobs have some; `jobs` is absent when the caller may not see all jobs. */
  readonly runs: { readonly onTheWay: number; readonly jobs?: number }
  /** The newest 50 jobs that have unfinished runs, newest first; absent when the caller may not see all jobs. */
  readonly jobs?: readonly JobRow[]
  /** Absent when the caller may not see schedules. */
  readonly schedule?: ScheduleSummary
  readonly certificates: CertificateSummary
  /** The longest delay of the event loop within the last minute, in milliseconds; absent: it was below a second. */
  readonly overloadedMs?: number
  /** The file system of the state directory; absent: it cannot be read. */
  readonly disk?: { readonly directory: string; readonly freeBytes: number; readonly totalBytes: number }
  /**
   * Number of minions whose last run failed, and the newest of those runs; absent while the fleet cannot be read, and when the caller
   * may not see reports.
   */
  readonly failed?: number
  readonly failures?: readonly LastFailure[]
  readonly log: { readonly lastSeq: number }
}

interface ScheduleSummary {
  readonly entries: number
  readonly paused: readonly string[]
  /** Schedules whose last run failed. */
  readonly failed: readonly string[]
  /** The next run; absent: nothing is scheduled. */
  readonly next?: { readonly schedule: string; readonly at: string }
}

interface CertificateEnd {
  readonly minion: string
  readonly name: string
  readonly notAfter: string
}

/** Certificates that the fleet's authority issued to minions with an accepted key. */
interface CertificateSummary {
  readonly issued: number
  /** The one that expires first, or has expired; absent: none was issued. */
  readonly first?: CertificateEnd
  /** The first to expire of those that an apply should have renewed; absent: there are none. */
  readonly overdue?: CertificateEnd
}

const MOST_OFFLINE = 10
const OVERLOADED_MS = 1000
const NEWEST_JOBS = 50
const UNFINISHED = ['queued', 'sent', 'accepted', 'running'] as const

const statusVerb = defineVerb({
  name: 'status',
  input: z.strictObject({}),
  right: { on: 'fleet', kind: 'read' },
  async run(context, _input, { caller }): Promise<StatusResult> {
    const { store, facts, now } = context
    const { accepted, fleet, failed } = await fleetStatus(context, caller)
    const { keys, runs, minions } = store.status()
    const taken = (keys['pending'] ?? 0) === 0 ? [] : takenIds(context.keyStore.list())
    const jobs = caller.rights.everywhere('jobs') ? store.jobs.unfinished(NEWEST_JOBS) : undefined
    const delayMs = context.loopDelay?.longestMs() ?? 0
    const disk = await diskOf(facts.stateDirectory)
    return {
      version: facts.version,
      node: process.versions.node,
      protocol: SUPPORTED_VERSIONS,
      pid: facts.pid,
      startedAt: facts.startedAt,
      now: new Date(now()).toISOString(),
      fleet,
      root: facts.rootFingerprint,
      master: facts.name,
      listen: facts.listen,
      minions: {
        accepted: keys['accepted'] ?? 0,
        connected: minions.connected,
        pending: keys['pending'] ?? 0,
        ...(taken.length === 0 ? {} : { taken }),
        offline: offlineOf(context, accepted),
      },
      runs: { onTheWay: unfinished(runs), ...(jobs === undefined ? {} : { jobs: jobs.count }) },
      ...(jobs === undefined ? {} : { jobs: jobs.newest.map(jobRow) }),
      ...(caller.rights.everywhere('schedule-list') ? { schedule: await scheduleOf(context) } : {}),
      certificates: certificatesOf(context, accepted),
      ...(delayMs < OVERLOADED_MS ? {} : { overloadedMs: Math.round(delayMs) }),
      ...(disk === undefined ? {} : { disk }),
      ...failed,
      log: { lastSeq: store.log.lastSeq() },
    }
  },
})

export const statusVerbs = [statusVerb] as const

function unfinished(runs: JobRow['runs']): number {
  return UNFINISHED.reduce((sum, state) => sum + (runs[state] ?? 0), 0)
}

interface FleetStatus {
  /** Listed once for everything in the status: each costs a query and its grains. */
  readonly accepted: readonly Minion[]
  readonly fleet: StatusResult['fleet']
  readonly failed: Pick<StatusResult, 'failed' | 'failures'>
}

/** Returns the status even when files of the fleet are broken, with their problems. */
async function fleetStatus(context: ControlContext, caller: Caller): Promise<FleetStatus> {
  const { fleetId: id, fleetDirectory: directory } = context
  let snapshot: FleetSnapshot
  try {
    snapshot = await takeSnapshot(context)
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    const accepted = context.store.minions.list().filter(({ fingerprint }) => fingerprint !== undefined)
    return { accepted, fleet: { id, name: id, directory, problems: thrown.problems }, failed: {} }
  }
  const { fleet, minions } = snapshot
  const problems = [...fleet.broken.values(), ...fleet.scheduleProblems]
  return {
    accepted: minions.flatMap(({ known }) => known ?? []),
    fleet: {
      id,
      name: fleet.name,
      directory,
      revision: fleet.revision,
      ...(problems.length === 0 ? {} : { problems }),
    },
    failed: caller.rights.allows('report') ? failuresOf(context, caller, minions) : {},
  }
}

function offlineOf({ links }: ControlContext, accepted: readonly Minion[]): StatusResult['minions']['offline'] {
  return accepted
    .filter(({ id }) => !links.isOnline(id))
    .slice(0, MOST_OFFLINE)
    .map(({ id, lastSeenAt }) => ({ minion: id, ...(lastSeenAt === undefined ? {} : { since: lastSeenAt }) }))
}

/** A schedule that cannot be read is among the problems of the fleet. */
async function scheduleOf({ scheduler }: ControlContext): Promise<ScheduleSummary> {
  const { entries } = await scheduler.look().catch((thrown: unknown) => {
    if (thrown instanceof AppError) return { entries: [] }
    throw thrown
  })
  const names = (some: typeof entries): readonly string[] => some.map(({ entry }) => entry.name)
  const enabled = entries.filter(({ entry }) => entry.enabled)
  const [next] = enabled
    .flatMap(({ entry, state }) => {
      return state.nextAt === undefined || state.pausedAt !== undefined
        ? []
        : [{ schedule: entry.name, at: state.nextAt }]
    })
    .sort((a, b) => (a.at < b.at ? -1 : 1))
  return {
    entries: entries.length,
    paused: names(enabled.filter(({ state }) => state.pausedAt !== undefined)),
    failed: names(enabled.filter(({ state }) => state.lastOutcome === 'failed')),
    ...(next === undefined ? {} : { next }),
  }
}

function certificatesOf(context: ControlContext, accepted: readonly Minion[]): CertificateSummary {
  const issued = issuedCertificates(context, accepted)
  const [first] = issued
  const overdue = issued.find(({ isOverdue }) => isOverdue)
  return {
    issued: issued.length,
    ...(first === undefined ? {} : { first: certificateEnd(first) }),
    ...(overdue === undefined ? {} : { overdue: certificateEnd(overdue) }),
  }
}

function certificateEnd({ minion, name, notAfter }: CertificateEnd): CertificateEnd {
  return { minion, name, notAfter }
}

async function diskOf(directory: string): Promise<StatusResult['disk']> {
  try {
    const { bavail, blocks, bsize } = await statfs(directory)
    return { directory, freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  } catch {
    return undefined
  }
}
