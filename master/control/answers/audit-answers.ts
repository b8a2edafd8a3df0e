/** Who did what when; the shapes that `audit` answers with. */
export interface AuditRow {
  readonly seq: number
  readonly at: string
  readonly operator: string
  /** The verb that he used; for events that come of no verb alone, their type. */
  readonly verb: string
  /** Type of the event that tells it. */
  readonly event: string
  /** Target words, a path, a job, a token: what it was about. */
  readonly target?: string
  readonly minions?: readonly string[]
  readonly outcome: 'ordered' | 'done' | 'failed' | 'refused'
  /** Why it failed. */
  readonly code?: string
  readonly via?: string
}

/** What a look at the whole log found. */
export interface AuditVerification {
  readonly ok: boolean
  /** Entries that were found whole, one after the other from the first. */
  readonly entries: number
  /** Hash of the last entry, when all are whole. */
  readonly head?: string
  /** Signed checkpoints that it was held against: those in the store, and those that were handed in. */
  readonly checkpoints: number
  readonly anchors: number
  /** The first that is wrong; absent when it is the database file and no entry. */
  readonly seq?: number
  readonly message?: string
}

/** Checkpoints that one `audit-verify` takes: together they stay below the largest request. */
export const MOST_ANCHORS = 4000
