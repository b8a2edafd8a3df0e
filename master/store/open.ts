import { join } from 'node:path'
import { AppError } from '../../protocol/errors.ts'
import type { KeyStore } from '../keys/key-store.ts'
import type { ProvenSources } from '../keys/proven-sources.ts'
import { type BlobFiles, createBlobFiles } from './blob-files.ts'
import { type Blobs, createBlobs } from './blobs.ts'
import { type Catalogs, createCatalogs } from './catalogs.ts'
import { type Commits, createCommits } from './commits.ts'
import { type Db, openDatabase } from './database.ts'
import { checkIntegrity } from './integrity.ts'
import { createKv } from './kv.ts'
import { lockState } from './lock.ts'
import { createCheckpoints, createLog } from './log/log.ts'
import { PROJECTORS } from './log/projectors.ts'
import { rebuildViews } from './log/views.ts'
import { migrate } from './migrate.ts'
import type { Checkpoints, Kv, Log } from './ports.ts'
import { createPrivateDirectory, createPrivateFile } from './private-file.ts'
import { type StatusSummary, statusSummary } from './status.ts'
import { type Addresses, createAddresses } from './tables/addresses.ts'
import { type Allocations, createAllocations } from './tables/allocations.ts'
import { type Certificates, createCertificates } from './tables/certificates.ts'
import { type ComplianceStore, createComplianceStore } from './tables/compliance.ts'
import { createDeliveries, type Deliveries } from './tables/deliveries.ts'
import { type StoreGauges, storeGauges } from './tables/gauges.ts'
import { createJobs, type Jobs } from './tables/jobs.ts'
import { createKeyStore } from './tables/key-store.ts'
import { createMinions, type Minions } from './tables/minions.ts'
import { createOrphanStore, type OrphanStore } from './tables/orphans.ts'
import { createProvenSources } from './tables/proven-sources.ts'
import { createReportFacts } from './tables/report-facts.ts'
import { createReports, type Reports } from './tables/reports.ts'
import { createRunHistory, type RunHistory } from './tables/run-history.ts'
import { createRunbooks, type Runbooks } from './tables/runbooks.ts'
import { createRunReplacements, createRuns, type RunReplacements, type Runs } from './tables/runs.ts'
import { createSchedules, type Schedules } from './tables/schedules.ts'
import { createSessionStore, type SessionStore } from './tables/sessions.ts'

/** Everything that a master stores. What a call changed is on disk when it returns. */
export interface Store {
  readonly log: Log
  readonly checkpoints: Checkpoints
  readonly kv: Kv
  readonly blobs: Blobs
  readonly catalogs: Catalogs
  readonly blobFiles: BlobFiles
  readonly keys: KeyStore
  readonly sources: ProvenSources
  readonly jobs: Jobs
  readonly runs: Runs
  readonly replacements: RunReplacements
  readonly reports: Reports
  readonly orphans: OrphanStore
  readonly minions: Minions
  readonly certificates: Certificates
  readonly allocations: Allocations
  readonly addresses: Addresses
  readonly runbooks: Runbooks
  readonly compliance: ComplianceStore
  readonly history: RunHistory
  readonly schedules: Schedules
  readonly deliveries: Deliveries
  readonly sessions: SessionStore
  status(): StatusSummary
  gauges(): StoreGauges
  /** Commits several changes at once: all or nothing. Acknowledge none of them before this returns. */
  together<T>(work: () => T): T
  /** Commits shared by what minions send. */
  readonly commits: Commits
  /** Rebuilds all views from the log; returns the names of those that differed from it. */
  rebuildViews(): readonly string[]
  /** Runs SQLite's own check of the database file; returns the faults, none if it is intact. */
  integrity(): Promise<readonly string[]>
  close(): void
}

export interface StoreOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Maximum size of the database: beyond it, throws STORE_FULL as on a full disk. Absent: limited by the disk only. */
  readonly maxBytes?: number
  /** Called with an error of what follows a shared commit. Absent: it is thrown. */
  readonly onFault?: (thrown: unknown) => void
}

/**
 * Opens the store in `<directory>/saltern.db`, and creates it if it does not exist. Throws STORE_LOCKED while another master
 * uses the directory, and STORE_UNREADABLE when it is not a store or is one of a newer version.
 */
export function openStore(directory: string, { now, maxBytes, onFault = rethrow }: StoreOptions): Store {
  const { db, release } = openFiles(directory, maxBytes)
  const blobs = createBlobs(db)
  const catalogs = createCatalogs(blobs)
  const reportFacts = createReportFacts(blobs)
  const views = { db, blobs, reports: reportFacts }
  const log = createLog({
    db,
    now,
    project: entry => {
      for (const projector of PROJECTORS) projector.apply(views, entry)
    },
  })
  const kv = createKv(db, now)
  return {
    log,
    checkpoints: createCheckpoints(db),
    kv,
    blobs,
    catalogs,
    blobFiles: createBlobFiles({ db, directory, now }),
    keys: createKeyStore({ db, log, kv, now }),
    sources: createProvenSources(db, now),
    jobs: createJobs(db, log),
    runs: createRuns({ db, log, now }),
    replacements: createRunReplacements(db),
    reports: createReports({ db, log, blobs, catalogs, facts: reportFacts }),
    orphans: createOrphanStore(db),
    minions: createMinions({ db, log, blobs }),
    certificates: createCertificates({ db, log, blobs }),
    allocations: createAllocations({ db, log }),
    addresses: createAddresses({ db, log }),
    runbooks: createRunbooks({ db, log, blobs }),
    compliance: createComplianceStore({ db, log, blobs }),
    history: createRunHistory(db),
    schedules: createSchedules(db),
    deliveries: createDeliveries({ db, log }),
    sessions: createSessionStore({ db, log }),
    status: () => statusSummary(db),
    gauges: () => storeGauges(db),
    together: work => db.atomically(work),
    commits: createCommits({ db, onFault }),
    rebuildViews: () => rebuildViews(views),
    integrity: () => checkIntegrity(join(directory, 'saltern.db')),
    close: release,
  }
}

function openFiles(directory: string, maxBytes?: number): { readonly db: Db; readonly release: () => void } {
  const path = join(directory, 'saltern.db')
  const undo: (() => void)[] = []
  try {
    createPrivateDirectory(directory)
    const lock = lockState(directory)
    undo.unshift(() => lock.release())
    createPrivateFile(path)
    const db = openDatabase(path, maxBytes)
    undo.unshift(() => db.close())
    migrate(db)
    return {
      db,
      release: () => {
        for (const step of undo) step()
      },
    }
  } catch (cause) {
    for (const step of undo) step()
    if (cause instanceof AppError) throw cause
    throw unreadable(path, cause)
  }
}

function rethrow(thrown: unknown): never {
  throw thrown
}

function unreadable(path: string, cause: unknown): AppError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new AppError(
    {
      code: 'STORE_UNREADABLE',
      message: `the store \`${path}\` cannot be opened: ${why}`,
      hint: 'Check the path and its owner with `ls -l`, or restore the state directory from its backup.',
    },
    { cause },
  )
}
