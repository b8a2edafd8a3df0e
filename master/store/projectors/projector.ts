import type { Blobs } from '../blobs.ts'
import type { Db } from '../database.ts'
import type { LogEntry } from '../ports.ts'
import type { ReportFactsSource } from '../report-facts.ts'

export interface ProjectorDeps {
  readonly db: Db
  readonly blobs: Blobs
  readonly reports: ReportFactsSource
}

/** The only code that writes one view. What it writes depends on nothing but the entries, in order, and blobs they name. */
export interface Projector {
  readonly view: string
  apply(deps: ProjectorDeps, entry: LogEntry): void
}
